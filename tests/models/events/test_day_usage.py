"""What tenants store and send a day: counted, limited, and said once a day."""

from __future__ import annotations

from datetime import timedelta

from models.database.engine import Database
from models.events.day_usage import (
    DayLimits,
    add_usage,
    admit,
    begin_notice,
    cards_of_month,
    tenants_over_limit,
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
