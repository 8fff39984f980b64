"""Pipedrive for one tenant: a valid token, within the limits, and every call's cost recorded."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from jobs.to_pipedrive import client
from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.client import DailyQuotaUsed, Pipedrive, Spending
from jobs.to_pipedrive.errors import CallsPaused, LeaseOver, Unauthorized, Unsure
from models.clock import now
from models.connections.api_usage import Standing, standing
from models.database.engine import Database
from models.errors import NotFound, RateLimited, TemporaryFailure
from models.security.vault import Vault
from models.tables.connections import ApiUsage, Connection
from tests.conftest import TwoTenants
from tests.crm import connect, connect_person, settings_for
from web.playground.faults import Fault
from web.playground.pipedrive.server import FakePipedrive

HTML = {"Content-Type": "text/html"}


@pytest.fixture
def fake_pipedrive() -> Iterator[FakePipedrive]:
    with FakePipedrive() as pipedrive:
        yield pipedrive


@pytest.fixture
def pipedrive(
    database: Database, vault: Vault, tenants: TwoTenants, fake_pipedrive: FakePipedrive, tmp_path: Path
) -> Iterator[Pipedrive]:
    """Two tenants' way to one company that has a daily budget of 100 tokens for us."""
    for user_id, tenant_id in enumerate(tenants, 1):
        connect(database, vault, tenant_id, fake_pipedrive.oauth.grant(user_id)["refresh_token"])
    settings = settings_for(fake_pipedrive.url, tmp_path, PIPEDRIVE_DAILY_TOKENS="100")
    made = Pipedrive(database, vault, settings)
    yield made
    made.close()


def standing_of(database: Database, tenant_id: int) -> Standing:
    with database.reading(tenant_id) as session:
        return standing(session, tenant_id, now().date())


def bill(database: Database, tenant_id: int) -> tuple[int, int]:
    """Tokens and calls, of whichever days."""
    with database.reading(tenant_id) as session:
        rows = session.execute(select(ApiUsage.tokens, ApiUsage.calls)).all()
    return sum(tokens for tokens, _ in rows), sum(calls for _, calls in rows)


def calls(fake_pipedrive: FakePipedrive) -> list[tuple[str, str, int]]:
    """The calls of the API so far, without those for tokens."""
    return [call for call in fake_pipedrive.requests if not call[1].startswith("/oauth")]


def stages(api: PipedriveApi) -> list[Any]:
    return api.stages()


def test_work_is_done_with_the_tenants_token_and_booked_to_it(
    pipedrive: Pipedrive, database: Database, tenants: TwoTenants
) -> None:
    def work(api: PipedriveApi) -> str:
        api.change_deal(1, title="Ours")
        return str(api.deal(1)["title"])

    assert pipedrive.as_tenant(tenants.ours, work) == "Ours"
    assert bill(database, tenants.ours) == (5 + 1, 2)
    assert bill(database, tenants.theirs) == (0, 0)


def test_a_token_that_died_between_two_calls_repeats_neither(
    pipedrive: Pipedrive, fake_pipedrive: FakePipedrive, tenants: TwoTenants
) -> None:
    def work(api: PipedriveApi) -> None:
        api.add_note("Once", deal_id=1)
        fake_pipedrive.oauth.forget_access()
        api.add_note("Twice", deal_id=1)

    pipedrive.as_tenant(tenants.ours, work)

    notes = [note["content"] for note in fake_pipedrive.store.all("note")]
    assert (notes.count("Once"), notes.count("Twice")) == (1, 1)
    assert fake_pipedrive.oauth.refreshes == 2


def test_a_token_that_ends_earlier_than_our_clock_says_is_renewed_once(
    pipedrive: Pipedrive, fake_pipedrive: FakePipedrive, tenants: TwoTenants
) -> None:
    pipedrive.as_tenant(tenants.ours, stages)
    fake_pipedrive.oauth.skew_s = 3600.0 + 600.0
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: pipedrive.as_tenant(tenants.ours, stages), range(4)))

    assert all(len(one) == 8 for one in found)
    assert fake_pipedrive.oauth.refreshes == 2


def test_who_is_not_let_in_with_a_fresh_token_stays_outside(
    pipedrive: Pipedrive, fake_pipedrive: FakePipedrive, tenants: TwoTenants
) -> None:
    fake_pipedrive.faults.order(Fault(times=2, where="stages", status=401))
    with pytest.raises(Unauthorized) as told:
        pipedrive.as_tenant(tenants.ours, stages)
    assert "setup page" in told.value.user_message
    assert len(calls(fake_pipedrive)) == 2


def test_a_person_acts_in_their_own_name(
    pipedrive: Pipedrive, fake_pipedrive: FakePipedrive, database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    own = fake_pipedrive.oauth.grant(2)["refresh_token"]
    person = connect_person(database, vault, tenants.ours, own)
    fake_pipedrive.oauth.forget_access()
    me = pipedrive.as_tenant(tenants.ours, lambda api: api.me(), user_id=person)
    company = pipedrive.as_tenant(tenants.ours, lambda api: api.me())

    assert [str(one["id"]) for one in (me, company)] == ["2", "1"]
    assert bill(database, tenants.ours) == (4, 2)


def test_a_call_that_failed_with_an_answer_costs_and_one_without_does_not(
    pipedrive: Pipedrive, fake_pipedrive: FakePipedrive, database: Database, tenants: TwoTenants
) -> None:
    with pytest.raises(NotFound):
        pipedrive.as_tenant(tenants.ours, lambda api: api.deal(999))
    assert bill(database, tenants.ours) == (1, 1)
    fake_pipedrive.faults.order(Fault(where="stages", status=500))
    with pytest.raises(TemporaryFailure):
        pipedrive.as_tenant(tenants.ours, stages)
    assert bill(database, tenants.ours) == (6, 2)
    fake_pipedrive.faults.order(Fault(where="stages", drop=True))
    with pytest.raises(TemporaryFailure):
        pipedrive.as_tenant(tenants.ours, stages)
    assert bill(database, tenants.ours) == (6, 2)


def test_reads_stop_at_their_share_of_the_budget_and_presses_go_on(
    pipedrive: Pipedrive, fake_pipedrive: FakePipedrive, tenants: TwoTenants
) -> None:
    def all_stages(share: float) -> int:
        """Read until there is no more; how many reads that was."""
        for done in range(50):
            try:
                pipedrive.as_tenant(tenants.ours, stages, spending=Spending(share))
            except DailyQuotaUsed:
                return done
        return 50

    assert all_stages(0.5) == 10
    assert all_stages(1.0) == 10
    asked = len(calls(fake_pipedrive))
    assert all_stages(1.0) == 0
    assert len(calls(fake_pipedrive)) == asked
    assert pipedrive.as_tenant(tenants.ours, lambda api: api.change_deal(1, title="Pressed"))
    assert len(pipedrive.as_tenant(tenants.theirs, stages)) == 8


def test_a_burst_is_waited_for_and_nothing_is_held(
    pipedrive: Pipedrive, fake_pipedrive: FakePipedrive, database: Database, tenants: TwoTenants
) -> None:
    fake_pipedrive.faults.order(Fault(where="stages", status=429, headers={"x-ratelimit-reset": "1"}))
    assert len(pipedrive.as_tenant(tenants.ours, stages)) == 8
    assert standing_of(database, tenants.ours).strikes == 0


@pytest.mark.parametrize(
    ("headers", "times"),
    [({}, 2), ({"x-ratelimit-reset": "1"}, 2), ({"Retry-After": "1800"}, 1)],
    ids=["again and again", "again, with a reset", "for half an hour"],
)
def test_a_spent_day_holds_every_process_until_a_good_answer(
    *,
    pipedrive: Pipedrive,
    fake_pipedrive: FakePipedrive,
    database: Database,
    tenants: TwoTenants,
    headers: dict[str, str],
    times: int,
) -> None:
    fake_pipedrive.faults.order(Fault(times=times, where="stages", status=429, headers=headers))
    with pytest.raises(RateLimited):
        pipedrive.as_tenant(tenants.ours, stages)
    asked = len(calls(fake_pipedrive))
    assert asked == times
    for work in (stages, lambda api: api.change_deal(1, title="Pressed")):
        with pytest.raises(CallsPaused):
            pipedrive.as_tenant(tenants.ours, work)
    assert len(calls(fake_pipedrive)) == asked

    with database.writing(tenants.ours) as session:
        session.scalars(select(Connection)).one().limited_until = now()
    assert len(pipedrive.as_tenant(tenants.ours, stages)) == 8
    held = standing_of(database, tenants.ours)
    assert (held.limited_until, held.strikes) == (None, 0)


def test_the_page_of_the_guard_holds_at_once(
    pipedrive: Pipedrive, fake_pipedrive: FakePipedrive, database: Database, tenants: TwoTenants
) -> None:
    fake_pipedrive.faults.order(Fault(where="stages", status=403, headers=HTML))
    with pytest.raises(CallsPaused) as told:
        pipedrive.as_tenant(tenants.ours, stages)

    assert told.value.retry_after == 60.0
    assert standing_of(database, tenants.ours).strikes == 1
    assert standing_of(database, tenants.theirs).strikes == 0
    assert len(pipedrive.as_tenant(tenants.theirs, stages)) == 8


@pytest.mark.parametrize(
    "fault", [{"hang": True}, {"delay": 5.0}, {"drop": True}], ids=["silent", "slow", "cut"]
)
def test_a_pipedrive_that_does_not_answer_changes_no_state(
    pipedrive: Pipedrive,
    fake_pipedrive: FakePipedrive,
    database: Database,
    tenants: TwoTenants,
    fault: dict[str, Any],
) -> None:
    pipedrive.as_tenant(tenants.ours, stages)
    fake_pipedrive.faults.order(Fault(where="stages", **fault))
    with pytest.raises(TemporaryFailure):
        pipedrive.as_tenant(tenants.ours, stages, timeout_s=0.5)

    assert standing_of(database, tenants.ours).limited_until is None
    with database.reading(tenants.ours) as session:
        assert session.scalars(select(Connection.state)).all() == ["connected"]
    assert len(pipedrive.as_tenant(tenants.ours, stages)) == 8


def test_a_write_without_an_answer_is_left_to_who_made_it(
    pipedrive: Pipedrive, fake_pipedrive: FakePipedrive, tenants: TwoTenants
) -> None:
    fake_pipedrive.faults.order(Fault(where="notes", drop=True))
    with pytest.raises(Unsure):
        pipedrive.as_tenant(tenants.ours, lambda api: api.add_note("Once", deal_id=1))
    assert [call for call in calls(fake_pipedrive) if call[0] == "POST"] != []
    assert [note["content"] for note in fake_pipedrive.store.all("note")].count("Once") == 1


@pytest.mark.parametrize(("left_s", "is_written"), [(21, True), (19, False), (-1, False)])
def test_nothing_is_written_when_the_lease_of_the_work_is_nearly_over(
    pipedrive: Pipedrive,
    fake_pipedrive: FakePipedrive,
    tenants: TwoTenants,
    monkeypatch: pytest.MonkeyPatch,
    left_s: int,
    is_written: bool,
) -> None:
    until = now() + timedelta(minutes=1)

    def work(api: PipedriveApi) -> None:
        monkeypatch.setattr(client, "now", lambda: until - timedelta(seconds=left_s))  # it stood still
        assert api.deal(1), "a read does no harm"
        api.add_note("Late", deal_id=1)

    with nullcontext() if is_written else pytest.raises(LeaseOver):
        pipedrive.as_tenant(tenants.ours, work, lease_until=until)

    notes = [note["content"] for note in fake_pipedrive.store.all("note")]
    assert notes == (["Late"] if is_written else [])


def test_who_has_just_consented_can_be_asked_who_they_are(
    pipedrive: Pipedrive, fake_pipedrive: FakePipedrive
) -> None:
    granted = pipedrive.oauth.refresh(fake_pipedrive.oauth.grant(2)["refresh_token"])
    assert str(pipedrive.as_granted(granted).me()["id"]) == "2"


def test_a_grant_is_taken_back_at_pipedrive(
    pipedrive: Pipedrive, fake_pipedrive: FakePipedrive, tenants: TwoTenants
) -> None:
    refresh_token = pipedrive.tokens.refresh_token(tenants.ours)
    assert refresh_token is not None
    for _ in range(2):
        pipedrive.oauth.revoke(refresh_token)

    assert refresh_token not in fake_pipedrive.oauth._refresh
    assert len(pipedrive.as_tenant(tenants.theirs, stages)) == 8
