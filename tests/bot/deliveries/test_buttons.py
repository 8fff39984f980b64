from typing import Any

import pytest

from models.database.engine import Database
from tests.bot.logged import create_deliveries, only_delivery
from tests.chat import Chat, audit_of
from tests.models.ended import deliveries
from tests.models.rules.why.asked import add_event, add_people, body_of


def test_retry_sends_again_and_shows_it_on_the_same_card(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    create_deliveries(database, tenants[0])
    button = chat.say("log").buttons()["Retry"]

    reply = chat.click(**button)

    assert (reply.how, reply.title, reply.wake_worker) == ("update", "What was sent", True)
    assert reply.has("1 delivery on the way again")
    assert reply.has("On its way · Deals")
    assert "Retry" not in reply.buttons()
    assert len(audit_of(database, tenants[0])) == 1


def test_a_click_that_chat_repeats_acts_once(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    create_deliveries(database, tenants[0])
    button, at = chat.say("log failed").buttons()["Retry"], "2026-11-20T11:00:00Z"
    assert chat.click(**button, at=at).body == chat.click(**button, at=at).body
    assert len(audit_of(database, tenants[0])) == 1


def test_a_folded_message_goes_again_whole(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    create_deliveries(database, tenants[0], 5, message_key="client-one")
    reply = chat.click(**chat.say("log failed").buttons()["Retry"])
    assert reply.has("5 deliveries on the way again")
    assert len(deliveries(database, tenants[0], state="pending")) == 5


@pytest.mark.parametrize("delivery", ["999999", "x", "", "9" * 40])
def test_a_stale_button_says_so_on_the_log_as_it_is(chat: Chat, delivery: str) -> None:
    reply = chat.click("log.retry", delivery=delivery, only="failed", rule="1", page="1")
    assert (reply.how, reply.title) == ("update", "What failed")
    assert reply.has("There is no delivery")


def test_another_tenants_delivery_is_out_of_reach(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    create_deliveries(database, tenants[1])
    reply = chat.click("log.retry", delivery=str(only_delivery(database, tenants[1]).id))
    assert reply.has("There is no delivery")
    assert only_delivery(database, tenants[1]).state == "dead"


def test_pages_turn_and_keep_what_was_asked_for(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    create_deliveries(database, tenants[0], 20)
    create_deliveries(database, tenants[0], 5, state="delivered")
    reply, numbers = chat.say("log failed rule wins"), []
    while True:
        numbers.append(str(reply.card).count("no. "))
        if not (following := reply.buttons().get("Next")):
            break
        reply = chat.click(**following)
    assert numbers == [10, 10]
    assert reply.has("Of the rule “Wins of Acme”, newest first, page 2")
    assert chat.click(**reply.buttons()["Previous"]).has("newest first'")


@pytest.mark.parametrize("page", ["0", "7", "x", "9" * 30, "-1", ""])
def test_pages_that_are_not_there_show_the_first(
    chat: Chat, database: Database, tenants: tuple[int, int], page: str
) -> None:
    create_deliveries(database, tenants[0])
    reply = chat.click("log.show", page=page, only="nonsense", rule="999")
    assert reply.title == "What was sent"
    assert reply.has("Failed · Deals")


def test_see_all_shows_the_events_of_that_card_alone_page_by_page(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    for tenant_id, key, count in (
        (tenants[0], "client-1", 25),
        (tenants[0], "client-2", 3),
        (tenants[1], "client-1", 9),
    ):
        create_deliveries(database, tenant_id, count, state="delivered", message_key=key)
    event = add_event(database, tenants[0])
    create_deliveries(database, tenants[0], state="delivered", message_key="client-1", event_id=event)

    first = chat.open("log.show", on_private=False, message="client-1")

    assert (first.how, first.title) == ("dialog", "All 26 of this card")
    assert first.has("Oldest first, page 1 of 3")
    assert set(first.buttons()) == {"Next"}
    last = chat.click(**chat.click(**first.buttons()["Next"]).buttons()["Next"])
    assert str(last.card).count("decoratedText") == 6
    assert last.has("Globex renewal: Deal won")
    assert chat.click(**last.buttons()["Why"]).title == "Why: Globex renewal"


@pytest.mark.parametrize("message", ["client-none", "x", "client-' OR 1=1", "client-" + "x" * 99])
def test_a_card_that_is_kept_no_more_says_so(
    chat: Chat, database: Database, tenants: tuple[int, int], message: str
) -> None:
    create_deliveries(database, tenants[1], 5, state="delivered", message_key="client-none")
    reply = chat.open("log.show", message=message)
    assert reply.title in {"Nothing of this card is kept any more", "What was sent"}
    assert not reply.has("Deal won")


def test_what_is_restricted_stays_so_in_the_events_of_a_card(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_people(database, tenants[0], "1", "2")
    event = add_event(database, tenants[0], body_of(seen_by=["1"], title="Project Falcon"))
    columns: dict[str, Any] = {"withheld": "1 of 2 people", "message_key": "client-1", "event_id": event}
    create_deliveries(database, tenants[0], state="delivered", **columns)
    reply = chat.open("log.show", message="client-1")
    assert reply.has("A deal was won: withheld")
    assert not reply.has("Falcon")
