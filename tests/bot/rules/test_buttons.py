import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.tables import Delivery
from models.tables.events import SeenInteraction
from tests.chat import ADA, BOB, BOLTS, CLEO, EVE, Chat, add_sales_rep, audit_of, rule_of


def test_a_rule_is_opened_switched_tested_and_left_on_one_card(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    shown = chat.click(**chat.say("rules").buttons()["Open"])
    assert (shown.how, shown.title, shown.viewer) == ("update", "Wins of Acme", "users/1")
    off = chat.click(**shown.buttons()["on"])
    assert off.has("Off: nothing is sent")
    on = chat.click(**off.buttons()["on"])
    assert on.has("notifications") or on.has("On")
    asked = chat.open(**on.buttons()["Test"])
    assert asked.has("Only you see this.")
    assert asked.has("it goes to Deals at once, marked TEST.")
    assert not asked.wake_worker
    tested = chat.submit(**asked.buttons()["Post it"], inputs={})
    assert tested.wake_worker
    assert chat.click(**tested.buttons()["Back to the rule"]).title == "Wins of Acme"
    assert chat.click(**on.buttons()["All rules"]).title == "Rules"
    acts = [act for _, act, _ in audit_of(database, tenants[0])]
    assert acts == ["rule.switched", "rule.switched", "rule.tested"]


def test_deleting_asks_in_a_dialog_that_names_what_is_lost(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    asked = chat.open("rule.delete", rule=str(rule_of(database, tenants[0]).id))
    assert asked.how == "dialog"
    assert asked.has("“Wins of Acme” posts to Deals")
    done = chat.submit(**asked.buttons()["Delete"], inputs={})
    assert done.title == "Rule “Wins of Acme” deleted"
    restored = chat.click(**done.buttons()["Undo"])
    assert restored.title == "Wins of Acme"


def test_a_repeated_click_acts_once_and_gets_the_same_reply(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    rule, at = str(rule_of(database, tenants[0]).id), "2026-11-20T12:00:00Z"
    first = chat.click("rule.test", rule=rule, at=at)
    again = chat.click("rule.test", rule=rule, at=at)
    assert (first.card, first.wake_worker, again.wake_worker) == (again.card, True, False)
    with database.reading_all() as session:
        assert len(session.scalars(select(Delivery)).all()) == 1
    chat.click("rule.test", rule=rule, at="2026-11-20T12:00:01Z")
    with database.reading_all() as session:
        assert len(session.scalars(select(Delivery)).all()) == 2


def test_a_failed_click_may_be_repeated(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    rule, at = str(rule_of(database, tenants[0]).id), "2026-11-20T12:00:00Z"
    chat.say("space pause here")
    assert chat.click("rule.test", rule=rule, at=at).has("no destination that takes cards")
    chat.say("space resume here")
    assert chat.click("rule.test", rule=rule, at=at).wake_worker


def test_switching_to_the_present_state_changes_nothing(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.click("rule.toggle", rule=str(rule_of(database, tenants[0]).id), to="on")
    assert audit_of(database, tenants[0]) == []
    with database.reading_all() as session:
        assert session.scalars(select(SeenInteraction)).all() == []


ON_A_RULE = ["rule.show", "rule.toggle", "rule.try", "rule.test", "rule.edit", "rule.delete", "rule.remove"]


@pytest.mark.parametrize("do", ON_A_RULE)
@pytest.mark.parametrize("rule", ["999999", "", "x", "9" * 40])
def test_a_button_of_a_rule_that_never_was_says_that_it_is_gone(chat: Chat, do: str, rule: str) -> None:
    reply = chat.click(do, rule=rule)
    assert (reply.how, reply.title) == ("update", "This rule is gone")
    assert chat.click(**reply.buttons()["All rules"]).title == "Rules"
    assert "Undo" not in reply.buttons()


@pytest.mark.parametrize("do", ON_A_RULE)
def test_a_button_of_a_deleted_rule_says_who_deleted_it_and_offers_undo(
    chat: Chat, database: Database, tenants: tuple[int, int], do: str
) -> None:
    rule = str(rule_of(database, tenants[0]).id)
    chat.submit("rule.remove", {}, rule=rule)
    reply = chat.click(do, rule=rule)
    assert reply.title == "This rule is gone"
    assert reply.has("“Wins of Acme” was deleted by ada@acme.test, ")
    assert chat.click(**reply.buttons()["Undo"]).title == "Wins of Acme"
    assert rule_of(database, tenants[0], "Wins of Acme") is not None


def test_undo_never_replaces_a_rule_that_has_the_name_now(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    undo = chat.submit("rule.remove", {}, rule=str(rule_of(database, tenants[0]).id)).buttons()["Undo"]
    chat.submit("rule.save", {"name": ["Wins of Acme"], "on": ["deal.lost"], "to": ["spaces/ACME"]})
    assert chat.click(**undo).has("There is a rule named “Wins of Acme” again")
    assert rule_of(database, tenants[0], "Wins of Acme").event_types == ["deal.lost"]


@pytest.mark.parametrize("do", ON_A_RULE)
def test_another_tenants_rule_is_not_changed(
    chat: Chat, database: Database, tenants: tuple[int, int], do: str
) -> None:
    reply = chat.click(do, rule=str(rule_of(database, tenants[1]).id), to="off")
    assert reply.title == "This rule is gone"
    assert not reply.has("Bolt")
    assert rule_of(database, tenants[1]).is_enabled is True
    assert audit_of(database, tenants[1]) == []


def test_another_tenants_deleted_rule_is_not_named(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    rule = str(rule_of(database, tenants[0]).id)
    chat.submit("rule.remove", {}, rule=rule)
    chat.user, chat.space = BOB, BOLTS
    reply = chat.click("rule.show", rule=rule)
    assert reply.title == "This rule is gone"
    assert not reply.has("Acme")


@pytest.mark.parametrize("entry", ["", "x", "999999", "9" * 40])
def test_only_a_deleted_rule_is_restored(chat: Chat, entry: str) -> None:
    assert chat.click("rule.undo", entry=entry).title == "I could not find that"


def test_an_error_on_a_public_card_is_shown_privately(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.say("space pause here")
    reply = chat.click("rule.test", on_private=False, rule=str(rule_of(database, tenants[0]).id))
    assert (reply.how, reply.viewer) == ("message", "users/1")


def test_an_admin_lets_a_rule_show_restricted_objects_and_withdraws_it(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    shown = chat.say("rule show wins")
    assert shown.has("Hidden: the card only says that it happened")
    opened = chat.click(**shown.buttons()["restricted"])
    assert opened.has("Shown to all who are there")
    again = chat.click(**shown.buttons()["restricted"])
    assert again.has("Shown to all who are there")
    assert rule_of(database, tenants[0]).shows_restricted
    assert not rule_of(database, tenants[1]).shows_restricted
    chat.click(**opened.buttons()["restricted"])
    assert not rule_of(database, tenants[0]).shows_restricted
    assert [act for _, act, _ in audit_of(database, tenants[0])] == ["rule.opened", "rule.narrowed"]


@pytest.mark.parametrize("user", [CLEO, EVE])
def test_only_an_admin_lets_a_rule_show_restricted_objects(
    chat: Chat, database: Database, tenants: tuple[int, int], user: dict[str, str]
) -> None:
    add_sales_rep(database, tenants[0])
    chat.user = user
    assert "restricted" not in chat.say("rule show wins").buttons()
    refused = chat.click("rule.reveal", rule=str(rule_of(database, tenants[0]).id), to="on")
    assert refused.has("Please ask ada@acme.test.")
    assert not rule_of(database, tenants[0]).shows_restricted
    assert audit_of(database, tenants[0]) == []


def test_another_tenants_rule_does_not_show_restricted_objects(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.click("rule.reveal", rule=str(rule_of(database, tenants[1]).id), to="on")
    assert not rule_of(database, tenants[1]).shows_restricted


@pytest.mark.parametrize("user", [ADA, CLEO])
def test_a_restored_rule_shows_restricted_objects_only_if_an_admin_restores_it(
    chat: Chat, database: Database, tenants: tuple[int, int], user: dict[str, str]
) -> None:
    add_sales_rep(database, tenants[0], role="manager")
    rule = str(rule_of(database, tenants[0]).id)
    chat.click("rule.reveal", rule=rule, to="on")
    done = chat.submit("rule.remove", {}, rule=rule)
    chat.user = user
    chat.click(**done.buttons()["Undo"])
    assert rule_of(database, tenants[0]).shows_restricted is (user is ADA)
