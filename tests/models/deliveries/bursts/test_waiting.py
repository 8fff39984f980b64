"""What the next summary of a crowded lane takes, and when it goes."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from models.database.engine import Database
from models.deliveries.bursts.waiting import (
    ALL_NOW,
    APART,
    BURST_LASTS,
    CALM,
    MOST_OBJECTS,
    MOST_READ,
    STANDS_STILL,
    NextSummary,
    WaitingDelivery,
    is_in_burst,
    next_summary,
    read_waiting,
)
from models.deliveries.claimed import read_heads
from models.deliveries.lanes import mark_due
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rules.why.asked import DEALS, add_delivery, add_event, add_place, add_rule, body_of

SECOND = timedelta(seconds=1)
FEW = "1 of 2 people may see it in Pipedrive"


def waits(number: int, key: str = "", *, age: float = 0.0, amount: float = 1.0) -> WaitingDelivery:
    """A delivery about an object of its own, unless `key` names one, made `age` seconds before noon."""
    return WaitingDelivery(number, key or f"deal:{number}", 2, amount, NOON - age * SECOND)


def many(count: int, **each: Any) -> list[WaitingDelivery]:
    return [waits(number, **each) for number in range(1, count + 1)]


LAST_CARD = NOON - 6 * SECOND  # a summary went six seconds ago


@pytest.mark.parametrize(("age", "holds"), [(0, True), (29, True), (30, False)])
def test_a_burst_lasts_for_half_a_minute_after_its_last_summary(age: int, *, holds: bool) -> None:
    assert is_in_burst(NOON - age * SECOND, NOON) is holds
    assert is_in_burst(None, NOON) is False
    assert timedelta(seconds=30) == BURST_LASTS


def test_first_summary_takes_all_at_once_also_more_than_it_has_lines_for() -> None:
    assert next_summary(many(60), None, NOON) == ALL_NOW
    assert next_summary([], None, NOON) == ALL_NOW


def test_objects_that_change_again_and_again_get_lines_in_the_first_summary_already() -> None:
    chosen = next_summary([*many(30), waits(31, "deal:7", amount=50)], None, NOON)
    assert chosen.ids is not None
    assert len(chosen.ids) == 21
    assert {7, 31} <= set(chosen.ids)


def test_changes_in_a_burst_are_gathered_until_they_stand_still() -> None:
    waiting = [waits(1, age=3), waits(2, age=1)]
    assert next_summary(waiting, LAST_CARD, NOON) == NextSummary(not_before=NOON + SECOND)  # calm by then
    moving = [waits(1, age=13), waits(2)]
    assert next_summary(moving, LAST_CARD, NOON) == NextSummary(not_before=NOON + SECOND)
    assert next_summary(moving, LAST_CARD, NOON + SECOND) == ALL_NOW
    assert timedelta(seconds=14) == STANDS_STILL


def test_two_summaries_of_a_burst_are_some_seconds_apart_unless_it_is_calm() -> None:
    moving, went = [waits(1, age=20), waits(2)], NOON - 4 * SECOND
    assert next_summary(moving, went, NOON) == NextSummary(not_before=went + APART)
    assert next_summary([waits(1, age=20)], NOON - SECOND, NOON) == ALL_NOW


def test_an_object_that_never_stands_still_is_shown_after_half_a_minute() -> None:
    hot = [waits(number, "deal:1", age=age) for number, age in enumerate((31, 15, 1))]
    assert next_summary(hot, LAST_CARD, NOON) == ALL_NOW
    assert next_summary(hot[1:], LAST_CARD, NOON).not_before is not None


def test_in_a_burst_those_unchanged_longest_have_the_lines_then_the_largest() -> None:
    old = [waits(number, age=15 - number / 100, amount=0) for number in range(1, 11)]
    new = [waits(number, age=1, amount=number) for number in range(11, 41)]
    chosen = next_summary([*old, *new], LAST_CARD, NOON)
    assert chosen == NextSummary([*range(1, 11), *range(31, 41)])


def test_once_changes_have_ended_the_largest_go_first() -> None:
    ended = [waits(number, age=3 + number % 10, amount=number) for number in range(1, 41)]
    assert next_summary(ended, NOON - 2 * SECOND, NOON) == NextSummary([*range(21, 41)])


def test_no_three_are_left_behind_to_go_one_by_one() -> None:
    ended = many(22, age=CALM.total_seconds())
    chosen = next_summary(ended, NOON - 2 * SECOND, NOON)
    assert chosen.ids is not None
    assert len(chosen.ids) == 22 - 4


@pytest.mark.parametrize("count", [MOST_OBJECTS + 1, MOST_READ])
def test_too_many_to_be_shown_in_time_are_counted_by_one_card(count: int) -> None:
    assert next_summary(many(count, age=15), LAST_CARD, NOON) == ALL_NOW


def test_a_backlog_waits_for_no_others() -> None:
    assert next_summary(many(MOST_READ), NOON - SECOND, NOON) == ALL_NOW


def test_changes_in_bulk_are_gathered_from_the_first() -> None:
    bulk = [replace(waits(number, age=age), is_bulk=True) for number, age in enumerate((4, 1))]
    assert next_summary(bulk, None, NOON) == NextSummary(not_before=NOON + SECOND)
    assert next_summary(bulk, None, NOON + CALM) == ALL_NOW
    assert next_summary([replace(bulk[0], created_at=NOON - APART), bulk[1]], None, NOON) == ALL_NOW


def test_what_waits_is_read_with_its_facts_and_without_urgent_ones(
    database: Database, tenants: TwoTenants
) -> None:
    ours, to = tenants.ours, add_place(database, tenants.ours)
    rule = add_rule(database, ours, "Deals", to)
    first, _, third = (
        add_delivery(
            database,
            ours,
            add_event(database, ours, body_of(number)),
            rule,
            to,
            state="pending",
            is_urgent=urgent,
        )
        for number, urgent in ((1, False), (2, True), (3, False))
    )
    hidden = add_event(database, ours, body_of(4))
    fourth = add_delivery(database, ours, hidden, rule, to, state="pending", redacted_because=FEW)
    later = datetime(2100, 1, 1, tzinfo=NOON.tzinfo)
    theirs = add_place(database, tenants.theirs)
    other = add_rule(database, tenants.theirs, "Deals", theirs)
    event = add_event(database, tenants.theirs, body_of(1))
    add_delivery(database, tenants.theirs, event, other, theirs, state="pending", is_urgent=True)

    with database.writing_all() as session:
        mark_due(session, [(ours, DEALS, NOON), (tenants.theirs, DEALS, NOON)])
    with database.reading_all() as session:
        (head,) = read_heads(session, [first])
        waiting = read_waiting(session, head, later)

    assert [(each.id, each.amount) for each in waiting] == [(first, 12_000), (third, 12_000), (fourth, 0)]
    assert len({each.object_key for each in waiting}) == 3
