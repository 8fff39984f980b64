"""A deal that stalls is told once for each threshold after its last change, an overdue activity once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from models.connections.names import remember
from models.database.engine import Database
from models.pipedrive.names import Name
from models.stalled.signals import is_any_due
from models.tables import Connection, Rule, StalledSettings, Tenant, TenantStatus, TrackedObject
from tests.conftest import TwoTenants
from tests.engine import NOON, another_tenant
from tests.models.rows import add
from tests.models.stalled.following import (
    DAY,
    PRAGUE,
    change,
    days_told,
    live_in,
    row_of,
    tell,
    told,
)

SECOND = timedelta(seconds=1)


def test_each_threshold_is_told_once(database: Database, tenants: TwoTenants) -> None:
    change(database, tenants.ours, 1, NOON)

    for hour in range(24 * 20):
        tell(database, NOON + timedelta(hours=hour))

    assert days_told(database, tenants.ours) == [3, 7, 14]
    assert days_told(database, tenants.theirs) == []
    assert row_of(database, tenants.ours).next_at is None


def test_a_deal_is_told_again_only_after_it_has_moved(database: Database, tenants: TwoTenants) -> None:
    change(database, tenants.ours, 1, NOON)
    tell(database, NOON + 4 * DAY)
    change(database, tenants.ours, 1, NOON + 5 * DAY)
    tell(database, NOON + 7 * DAY)
    assert days_told(database, tenants.ours) == [4]

    tell(database, NOON + 8 * DAY)

    assert days_told(database, tenants.ours) == [4, 3]


def test_a_worker_that_was_away_tells_the_highest_threshold_alone(
    database: Database, tenants: TwoTenants
) -> None:
    change(database, tenants.ours, 1, NOON)
    tell(database, NOON + 30 * DAY)
    tell(database, NOON + 31 * DAY)
    assert days_told(database, tenants.ours) == [30]


def test_closed_deals_are_not_told_and_old_news_does_not_open_them(
    database: Database, tenants: TwoTenants
) -> None:
    ends: list[dict[str, Any]] = [{"status": "won"}, {"status": "lost"}, {"is_archived": True}]
    for number, end in enumerate(ends, start=1):
        change(database, tenants.ours, number, NOON)
        change(database, tenants.ours, number, NOON + DAY, **end)
        change(database, tenants.ours, number, NOON + DAY / 2, heard_at=NOON + 2 * DAY)
    change(database, tenants.ours, 4, NOON)
    change(database, tenants.ours, 4, NOON + DAY, action="delete")
    tell(database, NOON + 20 * DAY)
    assert days_told(database, tenants.ours) == []


def test_a_reopened_deal_counts_from_then(database: Database, tenants: TwoTenants) -> None:
    change(database, tenants.ours, 1, NOON, status="lost")
    change(database, tenants.ours, 1, NOON + 10 * DAY)
    tell(database, NOON + 13 * DAY)
    assert days_told(database, tenants.ours) == [3]


def test_the_rotting_time_of_a_stage_stands_for_the_usual_thresholds(
    database: Database, tenants: TwoTenants
) -> None:
    with database.writing_all() as session:
        remember(session, {(tenants.ours, ("stage", "9")): Name("Offer", {"rotten_days": 5})})
    change(database, tenants.ours, 1, NOON, stage_id=9)
    for day in range(40):
        tell(database, NOON + day * DAY)
    assert days_told(database, tenants.ours) == [5]


def test_thresholds_of_the_team_decide(database: Database, tenants: TwoTenants) -> None:
    add(database, StalledSettings(tenant_id=tenants.ours, thresholds=[1, 2]))
    for tenant_id in tenants:
        change(database, tenant_id, 1, NOON)
    for hour in range(24 * 4):
        tell(database, NOON + timedelta(hours=hour))
    assert days_told(database, tenants.ours) == [1, 2]
    assert days_told(database, tenants.theirs) == [3]


def test_a_day_is_one_of_the_local_clock_when_daylight_saving_ends(
    database: Database, tenants: TwoTenants
) -> None:
    """Ten o'clock in Prague is 08:00 UTC before October 25 and 09:00 after it."""
    live_in(database, tenants.ours, PRAGUE)
    for tenant_id in tenants:
        change(database, tenant_id, 1, datetime(2026, 10, 23, 8, tzinfo=UTC))
    tell(database, datetime(2026, 10, 26, 9, tzinfo=UTC) - SECOND)
    assert (days_told(database, tenants.ours), days_told(database, tenants.theirs)) == ([], [3])

    tell(database, datetime(2026, 10, 26, 9, tzinfo=UTC))
    assert days_told(database, tenants.ours) == [3]


def test_an_activity_is_told_when_its_time_is_over(database: Database, tenants: TwoTenants) -> None:
    due: dict[str, Any] = {"due_date": "2026-11-21", "due_time": "10:00"}
    change(database, tenants.ours, 1, NOON, entity="activity", **due)
    tell(database, datetime(2026, 11, 21, 10, tzinfo=UTC) - SECOND)
    assert told(database, tenants.ours) == []
    for hour in range(100):
        tell(database, datetime(2026, 11, 21, 10, tzinfo=UTC) + timedelta(hours=hour))
    assert [each.types for each in told(database, tenants.ours)] == [("activity.overdue",)]


def test_an_activity_of_a_day_is_overdue_when_the_local_day_is_over(
    database: Database, tenants: TwoTenants
) -> None:
    live_in(database, tenants.ours, PRAGUE)
    change(database, tenants.ours, 1, NOON, entity="activity", zone=PRAGUE, due_date="2026-11-21")
    midnight = datetime(2026, 11, 21, 23, tzinfo=UTC)
    tell(database, midnight - SECOND)
    assert told(database, tenants.ours) == []
    tell(database, midnight)
    assert len(told(database, tenants.ours)) == 1


def test_an_activity_is_told_once_also_when_it_is_moved_afterwards(
    database: Database, tenants: TwoTenants
) -> None:
    change(database, tenants.ours, 1, NOON, entity="activity", due_date="2026-11-21")
    tell(database, NOON + 3 * DAY)
    change(database, tenants.ours, 1, NOON + 4 * DAY, entity="activity", due_date="2026-11-26")
    tell(database, NOON + 20 * DAY)
    assert len(told(database, tenants.ours)) == 1


def test_what_was_done_in_time_is_not_overdue(database: Database, tenants: TwoTenants) -> None:
    change(database, tenants.ours, 1, NOON, entity="activity", due_date="2026-11-21")
    change(database, tenants.ours, 1, NOON + DAY / 2, entity="activity", due_date="2026-11-21", done=True)
    tell(database, NOON + 20 * DAY)
    assert told(database, tenants.ours) == []


def test_what_held_before_we_heard_of_it_is_told_where_a_rule_names_it(
    database: Database, tenants: TwoTenants
) -> None:
    add(database, Rule(tenant_id=tenants.ours, name="All", event_types=["*"]))
    add(
        database,
        Rule(tenant_id=tenants.theirs, name="Stuck", event_types=["deal.stalled", "activity.overdue"]),
    )
    for tenant_id in tenants:
        change(database, tenant_id, 1, NOON - 10 * DAY, heard_at=NOON)
        change(database, tenant_id, 2, NOON - 200 * DAY, heard_at=NOON)
        due: dict[str, Any] = {"due_date": "2026-11-10"}
        change(database, tenant_id, 3, NOON, entity="activity", **due)

    tell(database, NOON)

    assert told(database, tenants.ours) == []
    assert {each.types[0] for each in told(database, tenants.theirs)} == {"deal.stalled", "activity.overdue"}
    assert len(told(database, tenants.theirs)) == 2
    tell(database, NOON + 4 * DAY)
    assert days_told(database, tenants.ours) == [14], "what comes after we heard of it is told to all rules"


def test_a_snoozed_deal_is_told_when_the_snooze_is_over(database: Database, tenants: TwoTenants) -> None:
    change(database, tenants.ours, 1, NOON)
    snooze(database, tenants.ours, NOON + 10 * DAY)
    for hour in range(24 * 10):
        tell(database, NOON + timedelta(hours=hour))
    assert days_told(database, tenants.ours) == []
    tell(database, NOON + 10 * DAY)
    assert days_told(database, tenants.ours) == [10]


def snooze(database: Database, tenant_id: int, until: datetime) -> None:
    found = row_of(database, tenant_id)
    found.snoozed_until = until
    with database.writing(tenant_id) as session:
        session.merge(found)


def test_an_event_says_who_may_see_it_and_whose_it_is(database: Database, tenants: TwoTenants) -> None:
    add(database, Connection(tenant_id=tenants.ours, company_id="77"))
    change(database, tenants.ours, 1, NOON, owner_id=7, meta={"permitted_user_ids": ["7"]})
    tell(database, NOON + 3 * DAY)

    (found,) = told(database, tenants.ours)
    assert found.permitted_user_ids == frozenset({"7"})
    assert (found.company_id, found.object_id, found.types) == ("77", "1", ("deal.stalled",))
    assert found.state["owner_id"] == 7
    assert found.happened_at == NOON + 3 * DAY


def test_a_tenant_that_is_being_erased_hears_nothing(database: Database, tenants: TwoTenants) -> None:
    change(database, tenants.ours, 1, NOON)
    with database.writing_all() as session:
        session.get_one(Tenant, tenants.ours).status = TenantStatus.ERASING
    assert tell(database, NOON + 3 * DAY) == 0


def test_a_repeated_look_tells_nothing_again(database: Database, tenants: TwoTenants) -> None:
    """As after a crash, or where two workers look at one deal."""
    change(database, tenants.ours, 1, NOON)
    before = row_of(database, tenants.ours)
    for _ in range(2):
        tell(database, NOON + 3 * DAY)
        with database.writing(tenants.ours) as session:
            found = session.get_one(TrackedObject, (tenants.ours, "deal", "1"))
            found.announced, found.next_at = before.announced, before.next_at
    assert days_told(database, tenants.ours) == [3]


def test_nothing_is_due_before_its_time(database: Database, tenants: TwoTenants) -> None:
    change(database, tenants.ours, 1, NOON)
    with database.reading_all() as session:
        assert not is_any_due(session, NOON + 22 * timedelta(hours=1))
        assert is_any_due(session, NOON + DAY)


STEPS = st.lists(
    st.tuples(st.sampled_from(["change", "close", "wait", "tell", "late"]), st.integers(1, 100)), max_size=30
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_whatever_happens_each_threshold_is_told_once_after_a_change(
    database: Database, steps: list[tuple[str, int]]
) -> None:
    """A model of one deal: its last change, whether it is open, and which threshold was told since."""
    tenant_id = another_tenant(database, f"T{id(steps)}-{len(steps)}-{hash(tuple(steps))}")
    at, last, is_open, reached, expected = NOON, NOON, True, 0, []
    change(database, tenant_id, 1, at)
    for step, hours in steps:
        at += timedelta(hours=hours)
        if step in {"change", "close"}:
            last, is_open, reached = at, step == "change", 0
            change(database, tenant_id, 1, at, status="open" if is_open else "lost")
        elif step == "late":  # an older event, which comes after a newer one
            change(database, tenant_id, 1, last - timedelta(hours=1), heard_at=at, status="won")
        elif step == "tell":
            tell(database, at)
            tell(database, at)
            passed = max((days for days in (3, 7, 14) if last + days * DAY <= at), default=0)
            if is_open and passed > reached:
                reached = passed
                expected.append((at - last).days)
    assert days_told(database, tenant_id) == expected
