"""What tenants store and send a day: counted, limited, and said once a day."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest
from sqlalchemy.orm import Session

from models.database.engine import Database
from models.events import day_usage
from models.events.day_limits import DayLimits
from models.events.day_usage import (
    FAR,
    KnownTotals,
    MonthUsage,
    add_usage,
    admit,
    begin_notice,
    cards_of_month,
    tenants_over_limit,
    usage_by_month,
)
from tests.conftest import TwoTenants
from tests.engine import NOON

LIMITS = DayLimits(events=3, bytes=100)


def test_one_tenants_limit_is_not_the_others(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        assert admit(session, [(tenants.ours, 10)] * 2 + [(tenants.theirs, 10)], NOON, LIMITS) == [True] * 3
        assert admit(session, [(tenants.ours, 10)] * 2 + [(tenants.theirs, 10)], NOON, LIMITS) == [
            True,
            False,
            True,
        ]
        assert tenants_over_limit(session, NOON.date()) == [tenants.ours]
        tomorrow = NOON + timedelta(days=1)
        assert admit(session, [(tenants.ours, 10)], tomorrow, LIMITS) == [True]


def test_who_is_far_from_the_limits_is_asked_about_rarely(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, read = list[list[int]](), day_usage._totals

    def note(session: Session, day: date, wanted: Sequence[int]) -> dict[int, list[int]]:
        asked.append(list(wanted))
        return read(session, day, wanted)

    monkeypatch.setattr(day_usage, "_totals", note)
    known, wide = KnownTotals(), DayLimits(events=10 * FAR, bytes=1000 * FAR)

    def store(tenant_id: int, size: int = 10, at: datetime = NOON) -> None:
        with database.writing_all() as session:
            assert admit(session, [(tenant_id, size)], at, wide, known) == [True]

    for _ in range(3):
        store(tenants.ours)
    assert asked == [[tenants.ours]]
    store(tenants.theirs, size=1000)
    store(tenants.theirs)
    store(tenants.theirs)
    assert asked[1:] == [[tenants.theirs]] * 3
    store(tenants.ours, at=NOON + timedelta(days=1))
    monkeypatch.setattr(day_usage, "KNOWN_FOR_S", 0.0)
    store(tenants.ours, at=NOON + timedelta(days=1))
    assert asked[4:] == [[tenants.ours]] * 2


def test_processes_that_know_nothing_of_each_other_pass_no_limit(
    database: Database, tenants: TwoTenants
) -> None:
    processes, limits = [KnownTotals() for _ in range(FAR)], DayLimits(events=2 * FAR, bytes=10**6)
    with database.writing_all() as session:
        admitted = [
            admit(session, [(tenants.ours, 1), (tenants.theirs, size)], NOON, limits, known)
            for size in (1, 10**5, 10**5, 10**5)
            for known in processes
        ]
    assert [sum(each[place] for each in admitted) for place in (0, 1)] == [2 * FAR, FAR + 9]


def test_bytes_are_limited_and_a_smaller_body_still_fits(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        assert admit(session, [(tenants.ours, size) for size in (90, 11, 10)], NOON, LIMITS) == [
            True,
            False,
            True,
        ]


def test_the_admins_hear_of_it_once_a_day(database: Database, tenants: TwoTenants) -> None:
    for at, expected in ((NOON, True), (NOON, False), (NOON + timedelta(days=1), True)):
        with database.writing_all() as session:
            admit(session, [(tenants.ours, 101)], at, LIMITS)
        with database.writing(tenants.ours) as session:
            assert begin_notice(session, tenants.ours, at.date(), at) is expected
        with database.writing(tenants.theirs) as session:
            assert not begin_notice(session, tenants.theirs, at.date(), at)


def test_cards_are_counted_by_the_month(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        add_usage(session, NOON.date(), {tenants.ours: {"cards": 2}, tenants.theirs: {"cards": 5}})
        add_usage(session, NOON.date().replace(day=1), {tenants.ours: {"cards": 1}})
        add_usage(session, NOON.date().replace(month=10), {tenants.ours: {"cards": 9}})
        assert cards_of_month(session, tenants.ours, NOON) == 3


def test_each_month_is_summed_up_the_newest_first(database: Database, tenants: TwoTenants) -> None:
    with database.writing_all() as session:
        for day, cards in ((date(2026, 9, 30), 1), (date(2026, 11, 5), 2), (date(2026, 11, 9), 4)):
            add_usage(session, day, {tenants.ours: {"cards": cards, "events": 10, "dropped": 1}})
            add_usage(session, day, {tenants.theirs: {"cards": 50}})
        assert usage_by_month(session, tenants.ours) == [
            MonthUsage("2026-11", date(2026, 11, 5), 20, 2, 6),
            MonthUsage("2026-09", date(2026, 9, 30), 10, 1, 1),
        ]
