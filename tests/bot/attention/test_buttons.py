"""The buttons of mutes: the list, and Unmute on it."""

from __future__ import annotations

from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.tables import Mute, MuteScope
from tests.chat import CLEO, DEALS, EVE, Chat, add_sales_rep, rule_of


def test_unmute_ends_the_mute_of_its_row(chat: Chat, database: Database) -> None:
    muted = chat.say("mute 1h")
    press = muted.buttons()["Unmute"]

    reply = chat.click(press.pop("do"), **press)

    assert reply.how == "update"
    assert reply.has("Unmuted; what was missed comes as one card")
    assert reply.has("Nothing is muted")
    with database.reading_all() as session:
        assert session.scalars(select(Mute)).one().until <= now()
    assert chat.click("mute.end", **press).has("It has ended already")
    assert chat.click("mute.end", mute="nonsense").has("It has ended already")


def test_the_list_is_an_update_of_the_card(chat: Chat) -> None:
    assert chat.click("mute.list").how == "update"


def test_unmute_is_drawn_and_done_only_for_those_who_may(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    chat.say("mute 1h all")
    add_sales_rep(database, tenants[0])
    rep = Chat(chat.deps, chat.dialect, CLEO)

    listed = rep.say("mute list")

    assert listed.has("The whole team")
    assert "Unmute" not in listed.buttons()
    with database.reading_all() as session:
        mute_id = session.scalars(select(Mute)).one().id
    assert rep.click("mute.end", mute=str(mute_id)).has("Please ask")


DM = {"name": "spaces/DM1", "spaceType": "DIRECT_MESSAGE", "type": "DM"}


def only_mute(database: Database) -> Mute:
    with database.reading_all() as session:
        return session.scalars(select(Mute)).one()


def test_a_press_on_a_card_mutes_its_rule_here_for_an_hour(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    rule = rule_of(database, tenants[0])

    reply = chat.click("rule.mute", on_private=False, rule=str(rule.id))

    made = only_mute(database)
    assert (made.scope, made.rule_id, made.user_id) == (MuteScope.RULE, rule.id, None)
    assert made.space_id is not None
    assert reply.how == "message", "the card is everybody's and stays"
    assert reply.viewer == chat.user["name"]
    assert reply.has("The rule “Wins of Acme” in this space")


def test_in_a_direct_message_a_rule_is_muted_for_its_person(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    rule = rule_of(database, tenants[0])
    Chat(chat.deps, chat.dialect, space=DM).click("rule.mute", rule=str(rule.id), span="today")
    assert (only_mute(database).space_id, only_mute(database).rule_id) == (None, rule.id)
    assert only_mute(database).user_id is not None


def test_the_button_opens_a_dialog_that_mutes_that_rule(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    rule = rule_of(database, tenants[0])
    dialog = chat.open("rule.mute", on_private=False, rule=str(rule.id))
    assert dialog.title == "Mute the rule “Wins of Acme”"
    assert not dialog.has("The whole team")
    press = dialog.buttons()["Mute"]

    chat.submit(press.pop("do"), {"where": ["here"], "span": ["4h"], "clock": []}, **press)

    assert only_mute(database).rule_id == rule.id


def test_the_rule_of_another_team_or_none_is_not_muted(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    theirs = rule_of(database, tenants[1])
    for rule_id in (str(theirs.id), "", "nonsense"):
        assert chat.click("rule.mute", rule=rule_id).has("was deleted")
    form = {"where": ["here"], "span": ["1h"], "clock": list[str]()}
    assert chat.submit("mute.save", form, rule=str(theirs.id)).has("was deleted")
    with database.reading_all() as session:
        assert session.scalars(select(Mute)).all() == []


def test_a_guest_mutes_no_rule(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    rule = rule_of(database, tenants[0])
    guest = Chat(chat.deps, chat.dialect, EVE, DEALS)
    assert guest.click("rule.mute", on_private=False, rule=str(rule.id)).has("Please ask")
