"""`rule backtest` in a conversation: counts, examples, near misses with their reason, in parts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from bot.rules import backtests
from bot.rules.backtests import days_of
from models.clock import now
from models.database.engine import Database
from models.rules import backtest as module
from models.tables import Event, PipedriveUser, Rule
from models.tables.events import EventState
from tests.chat import Chat, rule_of
from tests.models.pipedrive.webhook import v2


def add_wins(database: Database, tenant_id: int, *wins: tuple[str, int], days: int = 1, **meta: Any) -> None:
    """Store won deals: (title, value)."""
    with database.writing_all() as session:
        for title, value in wins:
            body = v2(
                data={"title": title, "value": value, "status": "won"}, previous={"status": "open"}, **meta
            )
            session.add(
                Event(
                    tenant_id=tenant_id,
                    source_key=f"{tenant_id} {title}",
                    raw=orjson.dumps(body),
                    state=EventState.DONE,
                    event_type="deal.won",
                    received_at=now() - timedelta(days=days),
                )
            )


@pytest.fixture
def big(database: Database, tenants: tuple[int, int]) -> Rule:
    """Wins of Acme, of at least 10,000."""
    rule = rule_of(database, tenants[0])
    with database.writing_all() as session:
        stored = session.get_one(Rule, (tenants[0], rule.id))
        stored.conditions = {"field": "value", "op": "at_least", "value": 10_000}
    return rule


def test_counts_examples_and_near_misses_are_shown(
    chat: Chat, database: Database, tenants: tuple[int, int], big: Rule
) -> None:
    add_wins(database, tenants[0], ("Globex", 12_000), ("Initech", 9_500))
    add_wins(database, tenants[0], ("Long ago", 50_000), days=12)
    add_wins(database, tenants[1], ("Theirs", 99_000))

    reply = chat.say("rule backtest Wins of Acme")

    assert reply.title == "“Wins of Acme”: 1 event in 7 days"
    assert reply.has("Of 2 events it fits 1. 1 near miss.")
    assert reply.has("Globex")
    assert reply.has("Value is at least 10,000 in any currency: it was 9,500 EUR")
    assert not reply.has("Long ago")
    assert not reply.has("Theirs")
    assert reply.viewer == "users/1"
    longer = chat.click(**reply.buttons()["30 days"])
    assert longer.title == "“Wins of Acme”: 2 events in 30 days"
    assert "30 days" not in longer.buttons()
    assert chat.click(**longer.buttons()["Back to the rule"]).title == "Wins of Acme"


@pytest.mark.parametrize("words", ["wins 30d", "wins 5w", '"Wins of Acme" 90 days', "Wins of Acme 30D"])
def test_the_days_stand_behind_the_name(
    chat: Chat, database: Database, tenants: tuple[int, int], words: str
) -> None:
    add_wins(database, tenants[0], ("Globex", 1), days=20)
    if words.endswith("days"):
        words = words.replace(" days", "days")
    assert chat.say(f"rule backtest {words}").title == "“Wins of Acme”: 1 event in 30 days"


@pytest.mark.parametrize(
    ("word", "days"),
    [("7d", 7), ("2w", 14), ("30days", 30), ("1day", 1), ("wins", None), ("7", None), ("d", None)],
)
def test_days_are_read_as_people_write_them(word: str, days: int | None) -> None:
    assert days_of(word) == days


def test_a_long_search_is_answered_in_parts_that_add_up(
    chat: Chat, database: Database, tenants: tuple[int, int], big: Rule, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAGE", 2)
    monkeypatch.setattr(backtests, "ANSWER_S", -1.0)
    add_wins(
        database, tenants[0], *((f"Deal {number}", 20_000 + number) for number in range(3)), ("Small", 2)
    )

    reply = chat.say("rule backtest wins")
    assert reply.has("So far back to ")
    assert reply.title == "“Wins of Acme”: 1 event in 7 days"
    while "Go on" in reply.buttons():
        reply = chat.click(**reply.buttons()["Go on"])
    assert reply.title == "“Wins of Acme”: 3 events in 7 days"
    assert reply.has("Of 4 events it fits 3. 1 near miss.")


def test_without_events_it_says_so(chat: Chat) -> None:
    assert chat.say("rule backtest wins").has("Nothing came from Pipedrive in the last 7 days.")


def test_what_the_person_may_not_see_is_counted_without_its_name(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.add_all(PipedriveUser(tenant_id=tenants[0], pipedrive_id=each) for each in ("1", "2"))
    add_wins(database, tenants[0], ("Secret", 1), permitted_user_ids=["1"])

    reply = chat.say("rule backtest wins")

    assert reply.title == "“Wins of Acme”: 1 event in 7 days"
    assert reply.has("1 of 2 people may see it in Pipedrive")
    assert not reply.has("Secret")


def test_conditions_that_cannot_be_read_are_named(
    chat: Chat, database: Database, tenants: tuple[int, int], big: Rule
) -> None:
    with database.writing_all() as session:
        session.get_one(Rule, (tenants[0], big.id)).conditions = {"field": "gone", "op": "is", "value": 1}
    assert chat.say("rule backtest wins").has("cannot be read any more")


@pytest.mark.parametrize("days", ["", "x", "0", "99999999999"])
def test_a_button_with_odd_numbers_is_answered_all_the_same(
    chat: Chat, database: Database, tenants: tuple[int, int], days: str
) -> None:
    rule = str(rule_of(database, tenants[0]).id)
    assert chat.click("rule.backtest", rule=rule, days=days, before=days, fired="-1").title.startswith(
        "“Wins"
    )
