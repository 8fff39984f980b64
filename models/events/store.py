"""Keeping events: the door stores them in groups, workers claim them tenant by tenant."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, bindparam, case, func, literal_column, or_, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.database.engine import Database
from models.database.lease import is_free
from models.database.upsert import prepared_insert
from models.errors import RowsRefused
from models.tables.accounts import Tenant
from models.tables.events import Event, EventState

MOST_TENANTS: Final = 32
TESTS: Final = "test-"  # how the source keys of events begin that a person tried out
CAUGHT_UP: Final = "late:"  # and of those that we found ourselves, see `models.pipedrive.rest.backfill_body`

# A loose index scan over ix_events_new: the tenants that have something new, without reading their backlog.
_TENANTS_WITH_NEW = text(
    """
    WITH RECURSIVE waiting(tenant_id) AS (
        SELECT (SELECT min(tenant_id) FROM events WHERE state = 'new')
        UNION ALL
        SELECT (SELECT min(e.tenant_id) FROM events e
                WHERE e.state = 'new' AND e.tenant_id > waiting.tenant_id)
        FROM waiting WHERE waiting.tenant_id IS NOT NULL
    )
    SELECT tenant_id FROM waiting WHERE tenant_id IS NOT NULL
    """,
)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A body as the door took it, before it has a row."""

    tenant_id: int
    source_key: str
    raw: bytes
    state: str
    received_at: datetime


def store(session: Session, arrivals: Sequence[Arrival]) -> int:
    """Insert bodies, each once; return how many were new. Repeats are no-ops."""
    rows = [
        {
            "tenant_id": each.tenant_id,
            "source_key": each.source_key,
            "raw": each.raw,
            "state": each.state,
            "received_at": each.received_at,
        }
        for each in arrivals
    ]
    statement = _STORE(session)
    counted = session.connection().execute(statement, rows, execution_options={"preserve_rowcount": True})
    return int(counted.rowcount)


def store_group(database: Database, arrivals: Sequence[Arrival]) -> tuple[int, int]:
    """Store a group in one transaction; return how many of what shall be read were new, and repeats.

    Raises RowsRefused where the database refuses one of them, DatabaseUnavailable where it does not answer.
    """
    to_read = [each for each in arrivals if each.state == EventState.NEW]
    kept = [each for each in arrivals if each.state != EventState.NEW]  # counted by whoever received them
    try:
        with database.writing_all() as session:
            new = store(session, to_read) if to_read else 0
            if kept:
                store(session, kept)
    except SQLAlchemyError as refused:
        raise RowsRefused(str(refused).splitlines()[0]) from refused
    return new, len(to_read) - new


def oldest_new(session: Session) -> datetime | None:
    """Return when the oldest event of all tenants that waits to be read was received."""
    return session.scalar(select(func.min(Event.received_at)).where(Event.state == EventState.NEW))


def last_webhook_at(session: Session, tenant_id: int) -> datetime | None:
    """Return when the last webhook came; tests and what was caught up on came by other ways."""
    ours = or_(*(Event.source_key.like(f"{kind}%") for kind in (TESTS, CAUGHT_UP)))
    newest = select(Event.received_at).where(Event.tenant_id == tenant_id, ~ours)
    return session.scalar(newest.order_by(Event.id.desc()).limit(1))


def stored_keys(session: Session, tenant_id: int, keys: Collection[str]) -> set[str]:
    """Return which of these source keys a tenant has events of."""
    mine = select(Event.source_key).where(Event.tenant_id == tenant_id, Event.source_key.in_(keys))
    return set(session.scalars(mine))


@dataclass(frozen=True, slots=True)
class ClaimedEvent:
    """A new event that this worker reads; its lease says until when nobody else does."""

    id: int
    tenant_id: int
    raw: bytes
    received_at: datetime
    lease_losses: int


def tenants_with_new(session: Session) -> list[int]:
    """Name the tenants that have new events, in the order of their ids."""
    return list(session.execute(_TENANTS_WITH_NEW).scalars())


def claim_new(
    session: Session, tenants: Sequence[int], token: str, now: datetime, until: datetime, limit: int
) -> list[ClaimedEvent]:
    """Claim up to `limit` new events, an equal share for each tenant, oldest first.

    One worker at a time reads a tenant's events, so that their cards keep their order: a tenant whose
    events another worker holds is passed over. Different tenants are read side by side.
    """
    connection = session.connection()
    asked = {"tenants": list(tenants[:MOST_TENANTS]), "now": now}
    served = connection.execute(_UNREAD, asked).scalars().all()
    share = max(1, limit // max(1, len(served)))
    oldest: list[int] = []
    for tenant_id in served:
        oldest += _readable(connection.execute(_OLDEST, {"tenant": tenant_id, "share": share}).all(), now)
    if not oldest:
        return []
    rows = connection.execute(_CLAIM, {"ids": oldest, "now": now, "b_token": token, "b_until": until}).all()
    return sorted((ClaimedEvent(*row) for row in rows), key=lambda event: event.id)


def _readable(first: Sequence[Any], now: datetime) -> list[int]:
    """Return which of a tenant's oldest events (id, lease_until) may be read now."""
    leases = [until for _, until in first if until is not None]
    if any(until > now for until in leases):
        return []  # another worker took them a moment ago
    ids = [event_id for event_id, _ in first]
    # A worker died over them: read one alone, so that the one that kills takes no other along.
    return ids[:1] if leases else ids


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a claimed event."""

    event: ClaimedEvent
    state: str
    event_type: str
    words: str


def close(session: Session, token: str, outcomes: Sequence[Outcome]) -> set[int]:
    """Record outcomes of events still held under this token; return the ids that were."""
    connection = session.connection()
    asked = {"ids": [each.event.id for each in outcomes], "b_token": token}
    held = set(connection.execute(_HELD, asked).scalars())
    rows = [
        {
            "b_tenant": each.event.tenant_id,
            "b_id": each.event.id,
            "state": each.state,
            "event_type": each.event_type,
            "outcome": each.words[:500].replace("\0", ""),  # PostgreSQL takes no NUL
        }
        for each in outcomes
        if each.event.id in held
    ]
    if rows:
        connection.execute(_CLOSE, rows)
    return held


# Statements are built once: to build one costs more than to run it. 'new' is written out, for the partial
# index is found by it.
_EVENTS: Any = Event.__table__
_TENANTS: Any = Tenant.__table__
_IS_NEW: Any = _EVENTS.c.state == literal_column(f"'{EventState.NEW}'")
_TIME: Any = _EVENTS.c.lease_until.type
_NOW: Any = bindparam("now", type_=_TIME)
_IS_FREE: Any = is_free(_EVENTS.c.lease_until, _NOW)

# A reader holds the oldest ones and closes them together, so the very oldest tells.
_HELD_UNTIL = (
    select(_EVENTS.c.lease_until)
    .where(_EVENTS.c.tenant_id == _TENANTS.c.id, _IS_NEW)
    .order_by(_EVENTS.c.id)
    .limit(literal_column("1"))
    .correlate(_TENANTS)
    .scalar_subquery()
)
_UNREAD = (
    select(_TENANTS.c.id)
    .where(
        _TENANTS.c.id.in_(bindparam("tenants", expanding=True)),
        or_(_HELD_UNTIL.is_(None), _HELD_UNTIL <= _NOW),
    )
    # key_share: the door, which adds events of this tenant, neither waits for us nor hides the tenant.
    .with_for_update(of=_TENANTS, skip_locked=True, key_share=True)
)
_OLDEST = (
    select(_EVENTS.c.id, _EVENTS.c.lease_until)
    .where(_EVENTS.c.tenant_id == bindparam("tenant"), _IS_NEW)
    .order_by(_EVENTS.c.id)
    .limit(bindparam("share", type_=Integer))
)
_CLAIM = (
    update(_EVENTS)
    .where(_EVENTS.c.id.in_(bindparam("ids", expanding=True)), _IS_NEW, _IS_FREE)
    .values(
        lease_token=bindparam("b_token"),
        lease_until=bindparam("b_until", type_=_TIME),
        # A lease that ran out means that its holder died over it.
        lease_losses=_EVENTS.c.lease_losses + case((_EVENTS.c.lease_until <= _NOW, 1), else_=0),
    )
    .returning(
        _EVENTS.c.id, _EVENTS.c.tenant_id, _EVENTS.c.raw, _EVENTS.c.received_at, _EVENTS.c.lease_losses
    )
)
_HELD = (
    select(_EVENTS.c.id)
    .where(
        _EVENTS.c.id.in_(bindparam("ids", expanding=True)),
        _EVENTS.c.lease_token == bindparam("b_token"),
        _IS_NEW,
    )
    .with_for_update()
)
_STORE: Final = prepared_insert(
    _EVENTS, lambda insert: insert.on_conflict_do_nothing(index_elements=["tenant_id", "source_key"])
)
_CLOSE = (
    update(_EVENTS)
    .where(_EVENTS.c.tenant_id == bindparam("b_tenant"), _EVENTS.c.id == bindparam("b_id"))
    .values(
        state=bindparam("state"),
        event_type=bindparam("event_type"),
        outcome=bindparam("outcome"),
        lease_until=None,
    )
)
