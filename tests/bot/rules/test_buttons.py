import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.tables import Delivery
from models.tables.events import SeenInteraction
from tests.chat import ADA, CLEO, EVE, Chat, audit_of, rule_of, sells


def test_a_rule_is_opened_switched_tested_and_left_on_one_card(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    shown = chat.click(**chat.say("rules").buttons()["Open"])
    assert (shown.how, shown.title, shown.viewer) == ("update", "Wins of Acme", "users/1")
    off = chat.click(**shown.buttons()["on"])
    assert off.has("Off: nothing is sent")
    on = chat.click(**off.buttons()["on"])
    assert on.has("notifications") or on.has("On")
    tested = chat.click(**on.buttons()["Test"])
    assert tested.wakes
    assert chat.click(**tested.buttons()["Back to the rule"]).title == "Wins of Acme"
    assert chat.click(**on.buttons()["All rules"]).title == "Rules"
    acts = [act for _, act, _ in audit_of(database, tenants[0])]
    assert acts == ["rule.switched", "rule.switched", "rule.tested"]


def test_deleting_asks_in_a_dialog_that_names_what_is_lost(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    asked = chat.open("rule.delete", rule=str(rule_of(database, tenants[0]).id))
    assert asked.how == "dialog"
    assert asked.has("“Wins of Acme” posts to spaces/ACME")
    done = chat.submit(**asked.buttons()["Delete"], inputs={})
    assert done.title == "Rule “Wins of Acme” deleted"
    restored = chat.click(**done.buttons()["Undo"])
    assert restored.title == "Wins of Acme"


def test_a_repeated_click_acts_once_and_hears_the_same(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    rule, at = str(rule_of(database, tenants[0]).id), "2026-11-20T12:00:00Z"
    first = chat.click("rule.test", rule=rule, at=at)
    again = chat.click("rule.test", rule=rule, at=at)
    assert (first.card, first.wakes, again.wakes) == (again.card, True, False)
    with database.reading_all() as session:
        assert len(session.scalars(select(Delivery)).all()) == 1
    chat.click("rule.test", rule=rule, at="2026-11-20T12:00:01Z")
    with database.reading_all() as session:
        assert len(session.scalars(select(Delivery)).all()) == 2


def test_a_click_that_failed_may_be_tried_again(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    rule, at = str(rule_of(database, tenants[0]).id), "2026-11-20T12:00:00Z"
    chat.say("space pause here")
    assert chat.click("rule.test", rule=rule, at=at).has("nowhere that listens")
    chat.say("space resume here")
    assert chat.click("rule.test", rule=rule, at=at).wakes


def test_switching_to_what_is_already_so_leaves_no_trace(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.click("rule.toggle", rule=str(rule_of(database, tenants[0]).id), to="on")
    assert audit_of(database, tenants[0]) == []
    with database.reading_all() as session:
        assert session.scalars(select(SeenInteraction)).all() == []


@pytest.mark.parametrize("do", ["rule.show", "rule.toggle", "rule.test", "rule.remove"])
@pytest.mark.parametrize("rule", ["999999", "", "x", "9" * 40])
def test_a_stale_button_shows_the_rules_there_are(chat: Chat, do: str, rule: str) -> None:
    heard = chat.click(do, rule=rule)
    assert (heard.how, heard.title) == ("update", "Rules")


@pytest.mark.parametrize("do", ["rule.show", "rule.toggle", "rule.test", "rule.remove"])
def test_another_tenants_rule_is_out_of_reach(
    chat: Chat, database: Database, tenants: tuple[int, int], do: str
) -> None:
    heard = chat.click(do, rule=str(rule_of(database, tenants[1]).id), to="off")
    assert heard.title == "Rules"
    assert not heard.has("Bolt")
    assert rule_of(database, tenants[1]).is_enabled is True
    assert audit_of(database, tenants[1]) == []


@pytest.mark.parametrize("entry", ["", "x", "999999", "9" * 40])
def test_nothing_is_brought_back_that_was_not_deleted(chat: Chat, entry: str) -> None:
    assert chat.click("rule.undo", entry=entry).title == "I could not find that"


def test_a_trouble_on_a_card_of_all_is_told_to_its_person_alone(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.say("space pause here")
    heard = chat.click("rule.test", on_private=False, rule=str(rule_of(database, tenants[0]).id))
    assert (heard.how, heard.viewer) == ("message", "users/1")


def test_an_admin_opens_a_rule_for_what_not_everybody_may_see_and_closes_it(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    shown = chat.say("rule show wins")
    assert shown.has("withheld: only that it happened is said")
    opened = chat.click(**shown.buttons()["restricted"])
    assert opened.has("shown to all who are there")
    again = chat.click(**shown.buttons()["restricted"])
    assert again.has("shown to all who are there")
    assert rule_of(database, tenants[0]).shows_restricted
    assert not rule_of(database, tenants[1]).shows_restricted
    chat.click(**opened.buttons()["restricted"])
    assert not rule_of(database, tenants[0]).shows_restricted
    assert [act for _, act, _ in audit_of(database, tenants[0])] == ["rule.opened", "rule.narrowed"]


@pytest.mark.parametrize("user", [CLEO, EVE])
def test_nobody_but_an_admin_opens_a_rule(
    chat: Chat, database: Database, tenants: tuple[int, int], user: dict[str, str]
) -> None:
    sells(database, tenants[0])
    chat.user = user
    assert "restricted" not in chat.say("rule show wins").buttons()
    refused = chat.click("rule.reveal", rule=str(rule_of(database, tenants[0]).id), to="on")
    assert refused.has("Only an admin decides")
    assert not rule_of(database, tenants[0]).shows_restricted
    assert audit_of(database, tenants[0]) == []


def test_a_rule_of_another_tenant_is_not_opened(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.click("rule.reveal", rule=str(rule_of(database, tenants[1]).id), to="on")
    assert not rule_of(database, tenants[1]).shows_restricted


@pytest.mark.parametrize("user", [ADA, CLEO])
def test_a_rule_that_comes_back_is_open_only_where_an_admin_brings_it(
    chat: Chat, database: Database, tenants: tuple[int, int], user: dict[str, str]
) -> None:
    sells(database, tenants[0])
    rule = str(rule_of(database, tenants[0]).id)
    chat.click("rule.reveal", rule=rule, to="on")
    done = chat.submit("rule.remove", {}, rule=rule)
    chat.user = user
    chat.click(**done.buttons()["Undo"])
    assert rule_of(database, tenants[0]).shows_restricted is (user is ADA)
