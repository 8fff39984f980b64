"""Leases gaps for backfilling, list by list, so that another process continues after a crash."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, select, update
from sqlalchemy.orm import Session

from models.database.direct import AT, DirectStatement
from models.database.lease import is_free
from models.tables.connections import Backfill, BackfillState, Connection, ConnectionState

LEASE: Final = timedelta(seconds=60)
WAITS: Final = "waits"  # the key in `progress` of the displayed reason for waiting

_CATCH_UPS: Final[Any] = Backfill.__table__


@dataclass(slots=True)
class Claimed:
    """A gap that this process works on until `lease`, with the company and the state of the connection.

    `progress` holds by list where to continue (see `jobs.connections.backfill_list`).
    """

    id: int
    tenant_id: int
    since: datetime
    until: datetime
    reason: str
    progress: dict[str, Any]
    found: int
    failures: int
    created_at: datetime
    lease: datetime
    company_id: str
    connection: str


def is_any_due(session: Session, at: datetime) -> bool:
    """Tell whether `claim` may find one. The session sees all tenants."""
    return bool(_DUE.rows(session, {"at": at}))


def _is_due(at: datetime | Any) -> Any:
    is_open = Backfill.state.in_((BackfillState.WAITING, BackfillState.RUNNING))
    return and_(is_open, Backfill.due_at <= at, is_free(Backfill.lease_until, at))


_DUE: Final = DirectStatement(select(Backfill.id).where(_is_due(AT)).limit(1))


def claim(session: Session, at: datetime) -> Claimed | None:
    """Lease the gap that is due for longest and free, None if there is none.

    The session is a writing one of all tenants.
    """
    due = select(Backfill).where(_is_due(at)).order_by(Backfill.due_at, Backfill.id)
    row = session.scalars(due.limit(1).with_for_update(skip_locked=True)).first()
    if row is None:
        return None
    row.state, row.lease_until = BackfillState.RUNNING, at + LEASE
    connection = session.scalar(select(Connection).where(Connection.tenant_id == row.tenant_id))
    return Claimed(
        id=row.id,
        tenant_id=row.tenant_id,
        since=row.since,
        until=row.until,
        reason=row.reason,
        progress=dict(row.progress),
        found=row.found,
        failures=row.failures,
        created_at=row.created_at,
        lease=at + LEASE,
        company_id=connection.company_id if connection else "",
        connection=connection.state if connection else ConnectionState.NONE,
    )


def advance(session: Session, claimed: Claimed, at: datetime, found: int = 0) -> bool:
    """Store the progress and extend the lease. False if another process has the lease by now.

    Store the changes found in the same session, so that they are counted once.
    """
    claimed.found += found
    return _record(session, claimed, {"lease_until": at + LEASE}, lease=at + LEASE)


def put_off(session: Session, claimed: Claimed, due_at: datetime, *, why: str = "") -> bool:
    """Release the gap until a moment; `why` is shown to people meanwhile."""
    claimed.progress = {key: value for key, value in claimed.progress.items() if key != WAITS}
    claimed.progress |= {WAITS: why} if why else {}
    return _record(session, claimed, {"due_at": due_at, "lease_until": None, "state": BackfillState.WAITING})


def end(session: Session, claimed: Claimed, at: datetime, *, failed: bool = False) -> bool:
    """Close the gap: all was read, or cannot be. False if another process has the lease."""
    ended = {
        "state": BackfillState.FAILED if failed else BackfillState.DONE,
        "finished_at": at,
        "lease_until": None,
    }
    return _record(session, claimed, ended)


def waits_because(progress: Mapping[str, Any]) -> str:
    """Return why a gap waits longer than usual, as text for people; empty if it does not."""
    why = progress.get(WAITS)
    return why if isinstance(why, str) else ""


def waiting(session: Session, tenant_id: int) -> str:
    """Return why a tenant's missed changes cannot be read yet; empty if they can, or there are none."""
    mine = select(Backfill.progress).where(
        Backfill.tenant_id == tenant_id, Backfill.state == BackfillState.WAITING
    )
    why = (waits_because(progress) for progress in session.scalars(mine.order_by(Backfill.id)))
    return next(filter(None, why), "")


def _record(
    session: Session, claimed: Claimed, values: dict[str, Any], lease: datetime | None = None
) -> bool:
    held = update(_CATCH_UPS).where(
        _CATCH_UPS.c.tenant_id == claimed.tenant_id,
        _CATCH_UPS.c.id == claimed.id,
        _CATCH_UPS.c.lease_until == claimed.lease,
    )
    carried = {"progress": claimed.progress, "found": claimed.found, "failures": claimed.failures}
    done = session.connection().execute(held.values({**carried, **values})).rowcount == 1
    if lease is not None:
        claimed.lease = lease
    return bool(done)


def newest_backfills(session: Session, tenant_id: int, limit: int) -> Sequence[Backfill]:
    """Return a tenant's newest gaps, newest first."""
    mine = select(Backfill).where(Backfill.tenant_id == tenant_id).order_by(Backfill.id.desc())
    return session.scalars(mine.limit(limit)).all()
