"""API usage is shared by all processes, and limits block calls, longer each time."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from structlog.testing import capture_logs

from jobs.to_pipedrive.api_quota import ApiMeter
from jobs.to_pipedrive.errors import CallsPaused, DailyQuotaUsed
from models.connections.api_usage import Standing, spend, standing
from models.database.engine import Database
from models.errors import DatabaseUnavailable, RateLimited
from models.tables.connections import Connection
from tests.clock import Clock
from tests.conftest import TwoTenants
from tests.engine import HandClock

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
TODAY = NOON.date()
BURST = RateLimited("Pipedrive answered 429", retry_after=2.0)
GUARD = RateLimited("Pipedrive answered 403", http_status=403)


@pytest.fixture
def wall(monkeypatch: pytest.MonkeyPatch) -> HandClock:
    made = HandClock(NOON)
    monkeypatch.setattr("jobs.to_pipedrive.api_quota.now", made)
    return made


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def meter(database: Database, tenants: TwoTenants, clock: Clock, wall: HandClock) -> ApiMeter:
    assert wall() == NOON
    for tenant_id in tenants:
        with database.writing(tenant_id) as session:
            session.add(Connection(tenant_id=tenant_id, company_id=f"company-{tenant_id}", state="connected"))
    return ApiMeter(database, 1000, clock)


def standing_of(database: Database, tenant_id: int, day: date = TODAY) -> Standing:
    with database.reading(tenant_id) as session:
        return standing(session, tenant_id, day)


def spend_now(database: Database, tenant_id: int, tokens: int) -> None:
    with database.writing(tenant_id) as session:
        spend(session, tenant_id, TODAY, tokens)


def strike(meter: ApiMeter, tenant_id: int, trouble: RateLimited) -> float:
    """Be refused; how long it holds, 0 for not at all."""
    before = meter.admit(tenant_id, 1, 1.0)
    try:
        meter.refused(tenant_id, 1, trouble, before)
    except CallsPaused as held:
        return held.retry_after or 0.0
    return 0.0


@pytest.mark.parametrize(("share", "room"), [(1.0, 1000), (0.5, 500)])
def test_reads_go_until_their_share_is_spent(
    meter: ApiMeter, database: Database, tenants: TwoTenants, share: float, room: int
) -> None:
    spend_now(database, tenants.ours, room - 10)
    meter.admit(tenants.ours, 10, share)
    spend_now(database, tenants.ours, 1)
    with pytest.raises(DailyQuotaUsed) as told:
        meter.admit(tenants.ours, 10, share)

    assert told.value.retry_after == 12 * 3600
    assert "after midnight" in told.value.user_message
    meter.admit(tenants.ours, 10, None)  # what a person presses goes
    meter.admit(tenants.theirs, 10, share)


def test_the_budget_is_back_the_next_day(
    meter: ApiMeter, database: Database, tenants: TwoTenants, wall: HandClock
) -> None:
    spend_now(database, tenants.ours, 1000)
    wall.advance(12 * 3600)
    assert meter.admit(tenants.ours, 10, 1.0).spent == 0


def test_an_answered_call_is_booked(meter: ApiMeter, database: Database, tenants: TwoTenants) -> None:
    meter.answered(tenants.ours, 10, meter.admit(tenants.ours, 10, 1.0))
    assert standing_of(database, tenants.ours).spent == 10
    assert standing_of(database, tenants.theirs).spent == 0


def test_one_429_is_a_burst_and_one_after_the_window_is_the_day(
    meter: ApiMeter, database: Database, tenants: TwoTenants, clock: Clock
) -> None:
    assert strike(meter, tenants.ours, BURST) == 0.0
    assert strike(meter, tenants.ours, BURST) == 0.0  # another thread, in the same moment
    clock.at += 2.0
    assert strike(meter, tenants.ours, BURST) == 60.0

    assert standing_of(database, tenants.ours) == Standing(3, NOON + timedelta(minutes=1), 1)
    assert standing_of(database, tenants.theirs) == Standing(0, None, 0)


def test_a_good_answer_between_makes_two_bursts_of_it(
    meter: ApiMeter, tenants: TwoTenants, clock: Clock
) -> None:
    strike(meter, tenants.ours, BURST)
    meter.answered(tenants.ours, 1, meter.admit(tenants.ours, 1, 1.0))
    clock.at += 2.0
    assert strike(meter, tenants.ours, BURST) == 0.0


def test_while_pipedrive_wants_no_calls_nobody_asks(
    meter: ApiMeter, database: Database, tenants: TwoTenants, wall: HandClock
) -> None:
    strike(meter, tenants.ours, GUARD)
    another_process = ApiMeter(database, 1000)
    for share in (1.0, None):
        with pytest.raises(CallsPaused) as told:
            another_process.admit(tenants.ours, 1, share)
        assert told.value.retry_after == 60.0
    another_process.admit(tenants.theirs, 1, 1.0)
    wall.advance(60)
    another_process.admit(tenants.ours, 1, 1.0)


def test_every_further_strike_holds_longer_until_the_day_is_over(
    meter: ApiMeter, tenants: TwoTenants, wall: HandClock
) -> None:
    holds = []
    for _ in range(5):
        holds.append(strike(meter, tenants.ours, GUARD))
        wall.advance(holds[-1])

    to_midnight = 12 * 3600 - 36 * 60
    assert holds == [60, 300, 1800, to_midnight + 300, 24 * 3600]


def test_what_pipedrive_asks_for_is_heeded_to_the_second(meter: ApiMeter, tenants: TwoTenants) -> None:
    assert strike(meter, tenants.ours, RateLimited("429", retry_after=4321.0)) == 4321.0


def test_the_first_good_answer_ends_the_strikes(
    meter: ApiMeter, database: Database, tenants: TwoTenants, wall: HandClock
) -> None:
    strike(meter, tenants.ours, GUARD)
    wall.advance(60)
    meter.answered(tenants.ours, 1, meter.admit(tenants.ours, 1, 1.0))

    assert standing_of(database, tenants.ours) == Standing(2, None, 0)
    assert strike(meter, tenants.ours, GUARD) == 60.0


def test_a_record_that_is_away_does_not_undo_what_pipedrive_did(
    meter: ApiMeter, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(_tenant_id: int) -> None:
        raise DatabaseUnavailable("away")

    before = meter.admit(tenants.ours, 10, None)
    monkeypatch.setattr(meter, "_database", SimpleNamespace(writing=away))
    with capture_logs() as logs:
        meter.answered(tenants.ours, 10, before)
    assert [log["event"] for log in logs] == ["api_usage.not_recorded"]
