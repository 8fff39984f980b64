"""Connection checks: which connection is due, who checks it, and when the next check is.

Only the holder of a lease works on a connection. Every transaction of that work begins with `lock_row`, so
a process that lost its lease meanwhile writes nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Update, and_, or_, select, update
from sqlalchemy.orm import Session

from models.clock import now
from models.database.direct import AT, DirectStatement
from models.database.engine import Database
from models.database.lease import is_free
from models.staging.companies import require_listed
from models.tables.connections import Connection, ConnectionState

LEASE: Final = timedelta(seconds=60)
RENEW_BELOW: Final = timedelta(seconds=40)
DAILY: Final = timedelta(hours=24)
JITTER: Final = timedelta(hours=1)
AFTER_FAILURES: Final = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 360))
CARED_FOR: Final = (ConnectionState.CONNECTED, ConnectionState.LEAVING)
MOST_AT_ONCE: Final = 20


class LeaseLost(Exception):
    """Raised when another process checks this connection by now."""


@dataclass(slots=True)
class ConnectionCheck:
    """A connection that this process checks until `lease_until`; `due_at` was its `next_check_at`."""

    tenant_id: int
    due_at: datetime | None
    lease_until: datetime


def due(session: Session, at: datetime) -> list[int]:
    """Return tenants whose connection is due for a check and not leased, the longest due first.

    A connection that was never checked is due. The session sees all tenants.
    """
    return [tenant_id for (tenant_id,) in _DUE.rows(session, {"at": at})]


def _has_tokens() -> ColumnElement[bool]:
    return Connection.refresh_token.is_not(None)


def _select_due() -> Any:
    free = is_free(Connection.check_lease_until, AT)
    never = and_(Connection.next_check_at.is_(None), Connection.state.in_(CARED_FOR), _has_tokens())
    query = select(Connection.tenant_id).where(free, or_(Connection.next_check_at <= AT, never))
    return query.order_by(Connection.next_check_at, Connection.id).limit(MOST_AT_ONCE)


_DUE: Final = DirectStatement(_select_due())  # built once: every worker asks each second


def claim(session: Session, tenant_id: int, at: datetime) -> ConnectionCheck | None:
    """Lease a connection; None when another process was faster."""
    row = _locked(session, tenant_id)
    if row is None or (row.check_lease_until is not None and row.check_lease_until > at):
        return None
    if row.next_check_at is not None and row.next_check_at > at:
        return None
    row.check_lease_until = at + LEASE
    return ConnectionCheck(tenant_id, row.next_check_at, row.check_lease_until)


def lock_row(session: Session, check: ConnectionCheck) -> Connection:
    """Return the connection, locked. Raises LeaseLost if the lease is no longer ours."""
    row = _locked(session, check.tenant_id)
    if row is None or row.check_lease_until != check.lease_until:
        raise LeaseLost
    return row


def renew_lease(database: Database, check: ConnectionCheck) -> None:
    """Renew a lease that might end before the next network call does. Raises LeaseLost."""
    at = now()
    if check.lease_until - at < RENEW_BELOW:
        with database.writing(check.tenant_id) as session:
            lock_row(session, check).check_lease_until = at + LEASE
        check.lease_until = at + LEASE


def finish_check(
    row: Connection, check: ConnectionCheck, at: datetime, *, failed: bool, wait: timedelta = timedelta(0)
) -> None:
    """End the check: the next one is in a day, or soon after a problem, in `wait` at the earliest.

    A check requested meanwhile takes place. A connection that has ended stays unchanged.
    """
    row.check_lease_until = None
    row.check_failures = row.check_failures + 1 if failed else 0
    if row.next_check_at != check.due_at:
        return
    row.next_check_at = at + max(wait, next_after(row.check_failures)) if row.state in CARED_FOR else None


def next_after(failures: int) -> timedelta:
    """Return the time until the next check after so many failed ones in a row."""
    if failures:
        return AFTER_FAILURES[min(failures, len(AFTER_FAILURES)) - 1]
    return DAILY + random.uniform(-1, 1) * JITTER  # noqa: S311 - jitter is no secret


def check_now(session: Session, tenant_id: int) -> None:
    """Request a check as soon as possible; a worker takes it within seconds. Raises OutsideStaging."""
    require_listed(session, tenant_id)
    session.execute(_of(tenant_id).values(next_check_at=now()))


def ask_to_rotate(session: Session, tenant_id: int) -> None:
    """Request new webhook credentials; old and new are valid together until the old are out of use.

    Raises OutsideStaging.
    """
    require_listed(session, tenant_id)
    session.execute(_of(tenant_id).values(rotates=True, next_check_at=now()))


def _of(tenant_id: int) -> Update:
    return update(Connection).where(Connection.tenant_id == tenant_id)


def _locked(session: Session, tenant_id: int) -> Connection | None:
    mine = select(Connection).where(Connection.tenant_id == tenant_id)
    return session.scalars(mine.with_for_update().execution_options(populate_existing=True)).first()
