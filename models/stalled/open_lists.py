"""Which tenant's lists of open deals and activities are due to be read, and how far they were read."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from models.database.direct import AT, DirectStatement
from models.database.lease import is_free
from models.database.upsert import insert_into
from models.tables.accounts import Tenant
from models.tables.connections import Connection, ConnectionState
from models.tables.stalled import OpenListCheck, TrackedObject

LEASE: Final = timedelta(seconds=120)
EVERY: Final = timedelta(days=7)
MOST_BETWEEN: Final = 1000


@dataclass(slots=True)
class ClaimedCheck:
    """A check that this process works on until `lease`; `progress` holds by list where to continue."""

    tenant_id: int
    progress: dict[str, Any]
    lease: datetime
    zone: ZoneInfo


def next_due(session: Session, at: datetime) -> int | None:
    """Return a connected tenant whose check is due, None if there is none. The session sees all tenants."""
    rows = _DUE.rows(session, {"at": at})
    return rows[0][0] if rows else None


def _select_due() -> Any:
    is_due = or_(
        OpenListCheck.tenant_id.is_(None),
        and_(OpenListCheck.due_at <= AT, is_free(OpenListCheck.lease_until, AT)),
    )
    connected = (Connection.state == ConnectionState.CONNECTED, Connection.refresh_token.is_not(None))
    joined = select(Connection.tenant_id).outerjoin(
        OpenListCheck, OpenListCheck.tenant_id == Connection.tenant_id
    )
    return joined.where(*connected, is_due).order_by(Connection.id).limit(1)


_DUE: Final = DirectStatement(_select_due())


def claim(session: Session, at: datetime) -> ClaimedCheck | None:
    """Lease the check of a connected tenant that is due, None if there is none.

    A connection that was never checked is due. The session is a writing one over all tenants.
    """
    tenant_id = next_due(session, at)
    if tenant_id is None:
        return None
    first = {"tenant_id": tenant_id, "due_at": at, "progress": {}}
    statement = insert_into(session, OpenListCheck.__table__).values(first).on_conflict_do_nothing()
    session.connection().execute(statement)
    row = _locked(session, tenant_id)
    if row is None or row.due_at > at or (row.lease_until is not None and row.lease_until > at):
        return None
    row.lease_until = at + LEASE
    zone = session.scalar(select(Tenant.timezone).where(Tenant.id == tenant_id))
    return ClaimedCheck(tenant_id, dict(row.progress), row.lease_until, ZoneInfo(zone or "UTC"))


def advance(session: Session, claimed: ClaimedCheck, at: datetime) -> bool:
    """Store the progress and extend the lease; False if another process has it by now."""
    row = _held(session, claimed)
    if row is not None:
        row.progress, row.lease_until = dict(claimed.progress), at + LEASE
        claimed.lease = row.lease_until
    return row is not None


def put_off(session: Session, claimed: ClaimedCheck, due_at: datetime) -> None:
    """Release the check until a moment; what was read is kept."""
    row = _held(session, claimed)
    if row is not None:
        row.progress, row.due_at, row.lease_until = dict(claimed.progress), due_at, None


def end(session: Session, claimed: ClaimedCheck, at: datetime) -> None:
    """Note that all lists were read; the next check comes in a week."""
    row = _held(session, claimed)
    if row is not None:
        row.progress, row.due_at, row.lease_until, row.checked_at = {}, at + EVERY, None, at


def known_rows(
    session: Session, tenant_id: int, entity: str, ids: Collection[str]
) -> dict[str, TrackedObject]:
    """Return what is known of some objects (at most a few hundred), by id."""
    mine = select(TrackedObject).where(TrackedObject.tenant_id == tenant_id, TrackedObject.entity == entity)
    rows = session.scalars(mine.where(TrackedObject.object_id.in_(sorted(ids))))
    return {row.object_id: row for row in rows}


def open_between(
    session: Session, tenant_id: int, after: datetime, before: datetime, *, heard_before: datetime
) -> list[TrackedObject]:
    """Return deals that are open as far as we know, and were last changed between two moments.

    Left out are those of which we have learned since.
    """
    mine = (TrackedObject.tenant_id == tenant_id, TrackedObject.entity == "deal", TrackedObject.is_open)
    between = (TrackedObject.changed_at > after, TrackedObject.changed_at < before)
    query = select(TrackedObject).where(*mine, *between, TrackedObject.heard_at < heard_before)
    return list(session.scalars(query.order_by(TrackedObject.changed_at).limit(MOST_BETWEEN)))


def _held(session: Session, claimed: ClaimedCheck) -> OpenListCheck | None:
    row = _locked(session, claimed.tenant_id)
    return row if row is not None and row.lease_until == claimed.lease else None


def _locked(session: Session, tenant_id: int) -> OpenListCheck | None:
    mine = select(OpenListCheck).where(OpenListCheck.tenant_id == tenant_id)
    return session.scalar(mine.with_for_update())
