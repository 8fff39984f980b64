"""Who may set what about stalled deals, and when the next summary comes."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed, NotFound
from models.stalled.actions import Summary, get_summary, next_summary, set_summary, snooze_deal
from models.tables import StalledSettings
from tests.conftest import TwoTenants
from tests.engine import NOON, link
from tests.models.stalled.following import DAY, change, row_of

DAILY = Summary(frequency="daily", destination_id=1)


def admin(tenant_id: int, role: str = "admin") -> Actor:
    return Actor("ada@acme.test", tenant_id, user_id=1, role=role, is_certain=True)


def test_new_thresholds_have_all_deals_looked_at_again(database: Database, tenants: TwoTenants) -> None:
    to = link(database, tenants.ours).destination_id
    with database.writing(tenants.ours) as session:
        set_summary(session, admin(tenants.ours), replace(DAILY, destination_id=to))
        row = session.get_one(StalledSettings, tenants.ours)
        assert row.rechecked_to is None
        assert row.next_at is not None
        set_summary(session, admin(tenants.ours), Summary((5,)))
        session.refresh(row)
        assert [row.rechecked_to, row.next_at] == ["", None]
        assert get_summary(session, tenants.ours) == Summary((5,))


@pytest.mark.parametrize(
    "wrong",
    [
        {"thresholds": ()},
        {"thresholds": (7, 3)},
        {"thresholds": (0,)},
        {"thresholds": (400,)},
        {"at": "24:00"},
        {"weekday": "x"},
        {"least_value": -1.0},
        {"least_value": float("nan")},
        {"destination_id": None},
    ],
)
def test_what_is_wrong_is_refused(database: Database, tenants: TwoTenants, wrong: dict[str, Any]) -> None:
    to = link(database, tenants.ours).destination_id
    with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest):
        set_summary(session, admin(tenants.ours), replace(replace(DAILY, destination_id=to), **wrong))


def test_another_tenants_space_is_refused(database: Database, tenants: TwoTenants) -> None:
    theirs = link(database, tenants.theirs).destination_id
    with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest):
        set_summary(session, admin(tenants.ours), replace(DAILY, destination_id=theirs))


def test_who_may_not_is_refused(database: Database, tenants: TwoTenants) -> None:
    change(database, tenants.ours, 1, NOON)
    with database.writing(tenants.ours) as session:
        with pytest.raises(NotAllowed):
            set_summary(session, admin(tenants.ours, "sales_rep"), Summary())
        with pytest.raises(NotAllowed):
            snooze_deal(session, admin(tenants.ours, "viewer"), "1", now() + DAY, lambda _: True)


def test_only_an_open_deal_of_ones_own_that_one_may_see_is_snoozed(
    database: Database, tenants: TwoTenants
) -> None:
    change(database, tenants.ours, 1, NOON, title="T")
    change(database, tenants.ours, 2, NOON, status="won")
    change(database, tenants.theirs, 3, NOON)
    until = now() + DAY
    with database.writing(tenants.ours) as session:
        assert snooze_deal(session, admin(tenants.ours), "1", until, lambda _: True) == "T"
        with pytest.raises(NotFound):
            snooze_deal(session, admin(tenants.ours), "1", until, lambda _: False)
        for deal_id in ("2", "3"):
            with pytest.raises(NotFound):
                snooze_deal(session, admin(tenants.ours), deal_id, until, lambda _: True)
    assert row_of(database, tenants.ours, 1).snoozed_until == until


@pytest.mark.parametrize(
    ("summary", "at", "expected"),
    [
        (DAILY, datetime(2026, 11, 20, 7, tzinfo=UTC), datetime(2026, 11, 20, 8, tzinfo=UTC)),
        (DAILY, datetime(2026, 11, 20, 8, tzinfo=UTC), datetime(2026, 11, 21, 8, tzinfo=UTC)),
        (DAILY, datetime(2026, 10, 24, 7, tzinfo=UTC), datetime(2026, 10, 25, 8, tzinfo=UTC)),
        (
            replace(DAILY, frequency="weekly"),
            datetime(2026, 11, 20, 7, tzinfo=UTC),
            datetime(2026, 11, 23, 8, tzinfo=UTC),
        ),
        (
            replace(DAILY, frequency="weekly"),
            datetime(2026, 11, 23, 8, tzinfo=UTC),
            datetime(2026, 11, 30, 8, tzinfo=UTC),
        ),
        (replace(DAILY, frequency="off"), NOON, None),
        (replace(DAILY, destination_id=None), NOON, None),
    ],
)
def test_the_summary_comes_by_the_local_clock(
    summary: Summary, at: datetime, expected: datetime | None
) -> None:
    assert next_summary(summary, at, ZoneInfo("Europe/Prague")) == expected


def test_a_summary_in_the_hour_that_does_not_exist_comes_once_that_day() -> None:
    prague, at = ZoneInfo("Europe/Prague"), datetime(2026, 3, 28, 22, tzinfo=UTC)
    early = replace(DAILY, at="02:30")
    times = []
    for _ in range(3):
        found = next_summary(early, at, prague)
        assert found is not None
        times.append(found)
        at = found
    assert [each.astimezone(prague).day for each in times] == [29, 30, 31]
    assert all(later - earlier >= timedelta(hours=20) for earlier, later in pairwise(times))
