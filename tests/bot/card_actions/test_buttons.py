"""A press on a delivered card is answered at once: with the card, with a dialog, or privately."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from bot.card_actions import pressed
from bot.context import BotDeps
from models.database.engine import Database
from models.tables import Delivery, Tenant, User
from tests.bot.card_actions.conftest import connect
from tests.bot.company import REFUSED
from tests.chat import ADA, CLEO, DEALS, EVE, Chat, ParsedReply, add_sales_rep
from tests.models.acting import actions_of, body_of, deliver

ALL = ("deal.assign", "deal.move", "deal.lost", "deal.note", "deal.activity")


def click(chat: Chat, card: Delivery, do: str, **more: str) -> ParsedReply:
    return chat.click(do, on_private=False, delivery=str(card.id), **more)


def test_a_win_is_recorded_and_the_card_says_what_is_under_way(
    ada: Chat, card: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    answer = click(ada, card, "deal.won")

    assert answer.how == "update"
    assert answer.viewer is None
    assert answer.has("Working on it: Ada Lovelace marks it as won")
    (made,) = actions_of(database, tenants[0])
    assert (made.do, made.fields, made.state) == ("deal.won", {"status": "won"}, "pending")
    assert click(ada, card, "deal.won").how == "update"
    assert len(actions_of(database, tenants[0])) == 1


def test_a_card_that_mentions_its_owner_still_does_when_it_was_pressed(
    ada: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing(tenants[0]) as session:
        session.execute(update(User).where(User.email == ADA["email"]).values(pipedrive_user_id="1"))
    answer = click(ada, deliver(database, tenants[0], space=DEALS["name"], mentions_owner=True), "deal.won")

    assert answer.body["text"] == f"<{ADA['name']}>"


def test_chat_repeats_an_interaction_and_it_acts_once(
    ada: Chat, card: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    at = "2026-11-20T10:00:00Z"
    answers = [ada.click("deal.won", on_private=False, at=at, delivery=str(card.id)) for _ in range(2)]

    assert answers[0].body == answers[1].body
    assert len(actions_of(database, tenants[0])) == 1


def test_who_has_not_connected_gets_a_private_link_and_the_press_waits(
    chat: Chat, card: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    answer = click(chat, card, "deal.won")

    assert answer.title == "Connect yourself first"
    assert answer.viewer == ADA["name"]
    assert answer.has("https://pipenotify.example.com/connect/")
    assert [each.state for each in actions_of(database, tenants[0])] == ["waiting"]


def test_the_second_of_two_people_needs_notice_who_was_first(
    ada: Chat, card: Delivery, deps: BotDeps, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0])
    connect(database, tenants[0], CLEO["email"], "2")
    click(ada, card, "deal.claim")
    answer = click(Chat(deps, ada.dialect, CLEO, DEALS), card, "deal.claim")

    assert answer.title == "Ada Lovelace was first"
    assert answer.has("Globex renewal: Ada Lovelace claims it")
    assert answer.viewer == CLEO["name"]
    assert len(actions_of(database, tenants[0])) == 1


def test_guests_and_viewers_are_refused(
    card: Delivery, chat: Chat, deps: BotDeps, database: Database, tenants: tuple[int, int]
) -> None:
    add_sales_rep(database, tenants[0], role="viewer")
    for person in (EVE, CLEO):
        theirs = Chat(deps, chat.dialect, person, DEALS)
        for do in ("deal.won", "deal.claim", "lead.claim", "activity.done"):
            assert click(theirs, card, do).title == REFUSED, do
        for do in ALL:
            assert theirs.open(do, on_private=False, delivery=str(card.id)).title == REFUSED, do
    assert actions_of(database, tenants[0]) == []


@pytest.mark.parametrize("do", ["activity.done", "lead.claim"])
def test_a_button_of_another_kind_of_object_does_nothing(
    ada: Chat, card: Delivery, database: Database, tenants: tuple[int, int], do: str
) -> None:
    assert click(ada, card, do).has(pressed.TOO_OLD)
    assert actions_of(database, tenants[0]) == []


def test_a_card_that_was_not_delivered_here_shows_nothing(
    ada: Chat, database: Database, tenants: tuple[int, int], card: Delivery
) -> None:
    elsewhere = deliver(database, tenants[0], space="spaces/SECRET")
    theirs = deliver(database, tenants[1], space=DEALS["name"])
    hidden = deliver(database, tenants[0], space=DEALS["name"], redacted_because="1 of 2 may see it")
    with database.writing_all() as session:
        session.execute(update(Delivery).where(Delivery.id == card.id).values(state="dead"))
    for other in (elsewhere, theirs, hidden, card):
        answer = click(ada, other, "deal.won")
        assert answer.has(pressed.TOO_OLD)
        assert not answer.has("Globex")
    assert actions_of(database, tenants[0]) == []


@pytest.mark.parametrize("left", [{"attempts": 1}, {"lease_losses": 1}])
def test_a_card_can_be_pressed_though_chats_reply_about_it_was_lost(
    ada: Chat, card: Delivery, database: Database, tenants: tuple[int, int], left: dict[str, int]
) -> None:
    with database.writing_all() as session:
        waiting = {"state": "pending", "attempts": 0} | left
        session.execute(update(Delivery).where(Delivery.id == card.id).values(waiting))

    assert click(ada, card, "deal.won").how == "update"
    assert len(actions_of(database, tenants[0])) == 1


@pytest.mark.parametrize("number", ["", "x", "-1", "999999", "9" * 30])
def test_a_number_that_is_none_is_refused(ada: Chat, card: Delivery, number: str) -> None:
    assert ada.click("deal.won", on_private=False, delivery=number).has(pressed.TOO_OLD)


@pytest.mark.parametrize(
    ("do", "entity", "fields"),
    [("activity.done", "activity", {"done": True}), ("lead.claim", "lead", {"owner_id": 1})],
)
def test_activities_are_done_and_leads_claimed(
    ada: Chat, database: Database, tenants: tuple[int, int], do: str, entity: str, fields: dict[str, Any]
) -> None:
    card = deliver(database, tenants[0], body_of(entity, owner_id=2), DEALS["name"])

    assert click(ada, card, do).how == "update"
    (made,) = actions_of(database, tenants[0])
    assert (made.entity, made.fields) == (entity, fields)


def test_a_pressed_card_keeps_the_language_of_its_space_and_the_person_is_answered_in_theirs(
    ada: Chat, card: Delivery, database: Database, tenants: tuple[int, int]
) -> None:
    ada.locale = "de"
    answer = click(ada, card, "deal.won")
    assert answer.has("Working on it: Ada Lovelace marks it as won")
    assert ada.open("deal.note", on_private=False, delivery=str(card.id)).title == "Notiz hinzufügen"

    with database.writing_all() as session:
        session.execute(update(Tenant).where(Tenant.id == tenants[0]).values(language="de"))
    ada.locale = "en"
    answer = click(ada, card, "deal.claim")
    assert answer.has("In Arbeit: Ada Lovelace übernimmt")
    assert ada.open("deal.note", on_private=False, delivery=str(card.id)).title == "Add a note"
