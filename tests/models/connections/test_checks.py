"""Leases of connection checks: one holder at a time, and no write without the lease."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from models.clock import now
from models.connections import checks
from models.connections.checks import AFTER_FAILURES, LEASE, ConnectionCheck, LeaseLost
from models.database.engine import Database
from models.security.vault import Vault
from models.tables import Connection
from tests.conftest import TwoTenants
from tests.crm import connect

AT = now()
SOON = timedelta(seconds=1)


def connection(database: Database, tenant_id: int) -> Connection:
    with database.reading(tenant_id) as session:
        return session.scalars(select(Connection).where(Connection.tenant_id == tenant_id)).one()


def change(database: Database, tenant_id: int, **columns: Any) -> None:
    with database.writing(tenant_id) as session:
        row = session.scalars(select(Connection).where(Connection.tenant_id == tenant_id)).one()
        for name, value in columns.items():
            setattr(row, name, value)


def due(database: Database) -> list[int]:
    with database.reading_all() as session:
        return checks.due(session, AT)


def claim(database: Database, tenant_id: int, at: Any = AT) -> ConnectionCheck | None:
    with database.writing(tenant_id) as session:
        return checks.claim(session, tenant_id, at)


@pytest.fixture
def connected(database: Database, vault: Vault, tenants: TwoTenants) -> TwoTenants:
    for tenant_id in tenants:
        connect(database, vault, tenant_id, "refresh", next_check_at=AT - SOON)
    return tenants


def test_what_is_due_is_named_and_nothing_else(database: Database, connected: TwoTenants) -> None:
    assert sorted(due(database)) == sorted(connected)
    change(database, connected.theirs, next_check_at=AT + SOON)
    assert due(database) == [connected.ours]


@pytest.mark.parametrize(
    ("columns", "is_due"),
    [
        ({"state": "connected"}, True),
        ({"state": "leaving"}, True),
        ({"state": "needs_reauth"}, False),
        ({"state": "revoked"}, False),
        ({"state": "connected", "refresh_token": None}, False),
    ],
    ids=["connected", "leaving", "needs_reauth", "revoked", "without-tokens"],
)
def test_a_connection_nobody_looked_at_is_due_where_there_is_something_to_do(
    database: Database, connected: TwoTenants, columns: dict[str, Any], is_due: bool
) -> None:
    change(database, connected.theirs, next_check_at=AT + SOON)
    change(database, connected.ours, **columns, next_check_at=None)

    assert due(database) == ([connected.ours] if is_due else [])


def test_one_holder_at_a_time_until_the_lease_runs_out(database: Database, connected: TwoTenants) -> None:
    first = claim(database, connected.ours)

    assert first is not None
    assert claim(database, connected.ours) is None
    assert due(database) == [connected.theirs]
    assert claim(database, connected.ours, AT + LEASE) is not None
    with database.writing(connected.ours) as session, pytest.raises(LeaseLost):
        checks.lock_row(session, first)


def test_a_lease_is_renewed_before_it_is_short_and_never_from_another(
    database: Database, connected: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    check = claim(database, connected.ours)
    assert check is not None
    monkeypatch.setattr("models.connections.checks.now", lambda: AT + timedelta(seconds=15))
    checks.renew_lease(database, check)
    assert check.lease_until == AT + LEASE

    monkeypatch.setattr("models.connections.checks.now", lambda: AT + timedelta(seconds=25))
    checks.renew_lease(database, check)
    assert check.lease_until == AT + LEASE + timedelta(seconds=25)
    with database.writing(connected.ours) as session:
        assert checks.lock_row(session, check).tenant_id == connected.ours

    change(database, connected.ours, check_lease_until=None)
    monkeypatch.setattr("models.connections.checks.now", lambda: AT + timedelta(seconds=60))
    with pytest.raises(LeaseLost):
        checks.renew_lease(database, check)


def end(
    database: Database, check: ConnectionCheck | None, *, failed: bool, wait: timedelta = timedelta(0)
) -> Connection:
    assert check is not None
    with database.writing(check.tenant_id) as session:
        checks.finish_check(checks.lock_row(session, check), check, AT, failed=failed, wait=wait)
    return connection(database, check.tenant_id)


def test_the_next_look_is_in_a_day_and_sooner_after_trouble(
    database: Database, connected: TwoTenants
) -> None:
    steps = []
    for _ in range(len(AFTER_FAILURES) + 1):
        row = end(database, claim(database, connected.ours), failed=True)
        assert row.next_check_at is not None
        steps.append(row.next_check_at - AT)
        change(database, connected.ours, next_check_at=AT)
    assert steps == [*AFTER_FAILURES, AFTER_FAILURES[-1]]

    well = end(database, claim(database, connected.ours), failed=False)
    assert (well.check_failures, well.check_lease_until) == (0, None)
    assert well.next_check_at is not None
    assert timedelta(hours=23) <= well.next_check_at - AT <= timedelta(hours=25)


def test_pipedrive_is_left_alone_for_as_long_as_it_asked(database: Database, connected: TwoTenants) -> None:
    row = end(database, claim(database, connected.ours), failed=True, wait=timedelta(hours=7))

    assert row.next_check_at == AT + timedelta(hours=7)


def test_who_asks_while_it_is_looked_after_gets_another_look(
    database: Database, connected: TwoTenants
) -> None:
    check = claim(database, connected.ours)
    with database.writing(connected.ours) as session:
        checks.ask_to_rotate(session, connected.ours)
    row = end(database, check, failed=False)

    assert row.rotates
    assert row.next_check_at is not None
    assert row.next_check_at < now() + SOON
    assert not connection(database, connected.theirs).rotates


def test_a_look_can_be_asked_for(database: Database, connected: TwoTenants) -> None:
    change(database, connected.ours, next_check_at=AT + timedelta(hours=20))
    with database.writing(connected.ours) as session:
        checks.check_now(session, connected.ours)

    assert claim(database, connected.ours, now()) is not None


def test_what_is_over_is_left_alone(database: Database, connected: TwoTenants) -> None:
    check = claim(database, connected.ours)
    change(database, connected.ours, state="revoked")

    assert end(database, check, failed=False).next_check_at is None
