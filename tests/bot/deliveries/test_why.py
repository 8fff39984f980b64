"""`why` and the button Why: the right event, in words, to the asking person alone."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.clock import now
from models.database.engine import Database
from models.tables import KnownName
from tests.bot.logged import create_deliveries, only_delivery
from tests.chat import BOB, BOLTS, CLEO, DEALS, Chat, add_sales_rep, rule_of
from tests.models.rows import add
from tests.models.rules.why.asked import add_event, add_people, add_rule, body_of

BIG = {"all": [{"field": "value", "op": "at_least", "value": 50_000}]}


def won(database: Database, tenant_id: int, number: int = 42, **fields: Any) -> int:
    """Store a won deal, with the delivery that the tenant's rule made of it."""
    event = add_event(database, tenant_id, body_of(number, **fields))
    usual: dict[str, Any] = {"event_id": event, "state": "delivered", "reason": "", "finished_at": now()}
    create_deliveries(database, tenant_id, **usual)
    return event


@pytest.mark.parametrize(
    "words",
    [
        "42",
        "#42",
        "deal 42",
        "Deals 42",
        "renewal globex",
        '"Globex Renewal"',
        "https://acme.pipedrive.com/deal/42",
    ],
)
def test_a_deal_is_explained_by_its_number_its_title_or_its_link(
    chat: Chat, database: Database, tenants: tuple[int, int], words: str
) -> None:
    won(database, tenants[0])
    add_rule(database, tenants[0], "Big wins", conditions=BIG)

    reply = chat.say(f"why {words}")

    assert (reply.title, reply.viewer) == ("Why: Globex renewal", "users/1")
    assert reply.has("2 rules looked at it; 1 of them wanted a card.")
    assert reply.has("→ Deals: sent")
    assert reply.has("✗ Value is at least 50,000 (found: 12,000 EUR)")
    assert reply.has("Wanted a card")
    assert reply.has("No card: its conditions do not hold")


@pytest.mark.parametrize(
    ("columns", "said"),
    [
        (
            {"state": "skipped", "reason": "muted by ada@acme.test"},
            "not sent 5 minutes ago, muted by ada@acme.test",
        ),
        ({"state": "held", "reason": "held by quiet hours", "finished_at": None}, "held by quiet hours"),
        ({"state": "dead", "reason": "HTTP 404: nothing"}, "is not there any more"),
        ({"state": "skipped", "reason": "the destination is paused: paused by Ben"}, "paused by Ben"),
        ({"withheld": "1 of 2 people may see it"}, "shown without its content: 1 of 2 people may see it"),
        ({"state": "digested", "finished_at": None}, "in a digest"),
    ],
)
def test_what_decided_about_a_card_is_said(
    chat: Chat, database: Database, tenants: tuple[int, int], columns: dict[str, Any], said: str
) -> None:
    event = add_event(database, tenants[0])
    usual: dict[str, Any] = {
        "event_id": event,
        "state": "delivered",
        "reason": "",
        "finished_at": now() - timedelta(minutes=5),
    }
    create_deliveries(database, tenants[0], **(usual | columns))
    assert chat.say("why 42").has(said)


def test_a_folded_card_is_said_to_be_one(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    for number in (42, 43, 44):
        event = add_event(database, tenants[0], body_of(number))
        create_deliveries(database, tenants[0], event_id=event, state="delivered", message_key="client-1")
    assert chat.say("why 42").has("folded into one card with 2 other events")


def test_several_that_fit_are_a_choice(chat: Chat, database: Database, tenants: tuple[int, int]) -> None:
    for number, title in ((1, "Globex one"), (2, "Globex two")):
        won(database, tenants[0], number, title=title)
    reply = chat.say("why globex")
    assert reply.title == "Which one is “globex”?"
    chosen = chat.click(**reply.buttons()["Why"])
    assert (chosen.how, chosen.title) == ("update", "Why: Globex one")


def test_without_words_what_happened_last_is_offered(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    assert chat.say("why").has("Nothing has happened to a deal lately")
    won(database, tenants[0])
    assert chat.say("why").has("Globex renewal: Deal won")


@pytest.mark.parametrize("words", ["77", "nothing", "lead 42", "lead", "'; DROP TABLE events; --", "%"])
def test_what_is_not_found_says_what_to_say(
    chat: Chat, database: Database, tenants: tuple[int, int], words: str
) -> None:
    won(database, tenants[0])
    won(database, tenants[1], 77, title="lead nothing")
    assert chat.say(f"why {words}").has("Say a deal")


def test_a_title_may_begin_with_the_name_of_a_kind(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    won(database, tenants[0], title="Lead generation")
    lead = body_of(9, entity="lead", action="create", title="Big fish")
    add_event(database, tenants[0], lead)
    assert chat.say("why lead generation").title == "Why: Lead generation"
    reply = chat.say("why lead big fish")
    assert reply.title == "Why: Big fish"
    assert reply.has("No rule is about this kind of event")


def test_earlier_events_and_further_rules_are_one_press_away(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    won(database, tenants[0])
    add_event(database, tenants[0], body_of(previous={"title": "x"}))
    for number in range(9):
        add_rule(database, tenants[0], f"Rule {number}", event_types=["deal.*"], conditions=BIG)
    reply = chat.say("why 42")
    following = chat.click(**reply.buttons()["More rules"])
    assert following.how == "update"
    assert "Previous rules" in following.buttons()
    assert chat.click(**reply.buttons()["Earlier event"]).has("Deal won")
    assert chat.click("why.show", event=reply.buttons()["Earlier event"]["event"], page="99").has("Deal won")


def test_a_card_explains_itself_and_stays_as_it_is(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    won(database, tenants[0])
    card = str(only_delivery(database, tenants[0]).id)

    reply = chat.click("delivery.why", on_private=False, delivery=card)

    assert (reply.how, reply.viewer) == ("message", "users/1")
    assert reply.title == "Why: Globex renewal"


@pytest.mark.parametrize("number", ["999", "x", ""])
def test_a_stale_button_says_so(chat: Chat, number: str) -> None:
    assert chat.click("delivery.why", delivery=number).has("There is no such event")
    assert chat.click("why.show", event=number).has("There is no such event")


def test_another_tenants_card_is_out_of_reach(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    event = won(database, tenants[1], title="Of Bolt")
    add(database, KnownName(tenant_id=tenants[1], kind="deal", key="42", text="Of Bolt"))
    card = str(only_delivery(database, tenants[1]).id)
    for reply in (
        chat.click("delivery.why", delivery=card),
        chat.click("why.show", event=str(event)),
        chat.say("why 42"),
        chat.say("why bolt"),
    ):
        assert not reply.has("Of Bolt")
    bob = Chat(chat.deps, chat.dialect, BOB, BOLTS)
    assert bob.say("why bolt").title == "Why: Of Bolt"


def test_a_restricted_deal_is_explained_without_its_values(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    add_people(database, tenants[0], "1", "2")
    event = add_event(database, tenants[0], body_of(title="Project Falcon", seen_by=["1"]))
    create_deliveries(
        database,
        tenants[0],
        event_id=event,
        state="delivered",
        withheld="1 of 2 people may see it in Pipedrive",
    )
    add_rule(database, tenants[0], "Big wins", conditions=BIG)

    reply = chat.say("why 42")

    assert reply.title == "Why: A deal was won"
    assert reply.has("1 of 2 people may see it")
    for secret in ("Falcon", "12,000", "Big wins"):
        assert not reply.has(secret)
    assert not chat.say("why falcon").has("Falcon:")


def test_a_sales_rep_and_a_guest_learn_what_is_theirs(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    won(database, tenants[0])
    add_rule(database, tenants[0], "Secret rule", made_by="ada@acme.test", conditions=BIG)
    add_rule(database, tenants[0], "Rule of Cleo", made_by=CLEO["email"], conditions=BIG)
    guest = Chat(chat.deps, chat.dialect, BOB, DEALS).say("why 42")
    assert guest.has("Wins of Acme")
    assert not guest.has("Rule of Cleo")
    assert not guest.has("12,000 EUR)")
    add_sales_rep(database, tenants[0])
    reply = Chat(chat.deps, chat.dialect, CLEO, DEALS).say("why 42")
    assert reply.has("Rule of Cleo")
    assert not reply.has("Secret rule")
    assert reply.has("1 more rule looked at it")
    assert rule_of(database, tenants[0]).name == "Wins of Acme"
