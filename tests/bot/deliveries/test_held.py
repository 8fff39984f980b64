"""The log says whose quiet hours hold a card, and who may change these sends one of them at once."""

from __future__ import annotations

from typing import Any

import pytest

from models.database.engine import Database
from models.tables import Destination
from tests.bot.logged import create_deliveries, event_of, only_delivery
from tests.chat import BOB, BOLTS, CLEO, Chat, ParsedReply, add_sales_rep
from tests.models.ended import deliveries, end
from tests.models.rows import add


def hold(database: Database, tenant_id: int, **columns: Any) -> None:
    create_deliveries(database, tenant_id, state="held", reason="held by quiet hours", **columns)


def send(chat: Chat, reply: ParsedReply) -> ParsedReply:
    parameters = dict(reply.buttons()["Send now"])
    return chat.click(parameters.pop("do"), **parameters)


@pytest.mark.parametrize(
    ("words", "whose"),
    [
        ("quiet set 19:00-08:00 team", "held by quiet hours of the whole team"),
        ("quiet set 19:00-08:00 here", "held by quiet hours of this space"),
    ],
)
def test_the_log_and_why_say_whose_quiet_hours_hold_it(
    chat: Chat, database: Database, tenants: tuple[int, int], words: str, whose: str
) -> None:
    chat.say(words)
    event = event_of(database, tenants[0], title="Acme")
    hold(database, tenants[0], event_id=event)
    assert chat.say("log held").has(whose)
    assert chat.click("why.show", event=str(event)).has(whose)


def test_one_is_sent_now_and_the_others_stay(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    hold(database, tenants[0], count=2)
    reply = send(chat, chat.say("log held"))
    assert reply.has("It is on the way")
    assert reply.wake_worker
    states = sorted((each.state, each.is_silent) for each in deliveries(database, tenants[0]))
    assert states == [("held", False), ("pending", True)]


def test_what_was_sent_meanwhile_is_told(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    hold(database, tenants[0])
    shown = chat.say("log held")
    send(chat, shown)
    assert send(chat, shown).has("It is held no more.")
    assert chat.click("log.send", delivery="999999").has("There is no such delivery any more.")


def test_who_may_not_change_them_sends_nothing(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    hold(database, tenants[0])
    rep = Chat(chat.deps, chat.dialect, CLEO)
    shown = rep.say("log held")
    assert "Send now" not in shown.buttons()
    number = str(only_delivery(database, tenants[0]).id)
    rep.click("log.send", delivery=number)
    Chat(chat.deps, chat.dialect, BOB, BOLTS).click("log.send", delivery=number)
    assert only_delivery(database, tenants[0]).state == "held"


def test_ones_own_are_sent_by_oneself_alone(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    add_sales_rep(database, tenants[0])
    mine = Destination(tenant_id=tenants[0], kind="chat_dm", name=CLEO["email"], address=CLEO["email"])
    mine.lane = "dm:cleo"
    add(database, mine)
    end(database, tenants[0], mine, 1, state="held", reason="held by quiet hours")
    rep = Chat(chat.deps, chat.dialect, CLEO)
    rep.say("quiet set 19:00-08:00 me")
    assert chat.say("log held").has("held by quiet hours of that person")
    assert "Send now" not in chat.say("log held").buttons()
    assert rep.say("log held").has("held by quiet hours of your own")
    send(rep, rep.say("log held"))
    assert only_delivery(database, tenants[0]).state == "pending"
