"""Stores events: the web part inserts them in groups, workers claim and close them tenant by tenant."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress
from typing import Any, Final

from sqlalchemy import Integer, bindparam, case, literal_column, or_, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.clock import now
from models.database.engine import Database
from models.database.lease import is_free
from models.database.upsert import prepared_insert
from models.errors import RowsRefused
from models.events.day_usage import DayLimits, admit
from models.pipedrive.change import Change
from models.tables.accounts import Tenant
from models.tables.events import Event, EventState

MOST_TENANTS: Final = 32
# How the source keys of events begin that are no webhooks: test events of a person, and what a backfill
# found (`models.pipedrive.rest.backfill_body`).
TESTS: Final = "test-"
BACKFILLED: Final = "late:"

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
# Events are stored in the order they arrive, so the first new one of a tenant is its oldest.
_OLDEST_NEW = text(
    """
    WITH RECURSIVE waiting(tenant_id) AS (
        SELECT (SELECT min(tenant_id) FROM events WHERE state = 'new')
        UNION ALL
        SELECT (SELECT min(e.tenant_id) FROM events e
                WHERE e.state = 'new' AND e.tenant_id > waiting.tenant_id)
        FROM waiting WHERE waiting.tenant_id IS NOT NULL
    )
    SELECT min((SELECT e.received_at FROM events e
                WHERE e.tenant_id = waiting.tenant_id AND e.state = 'new'
                ORDER BY e.id LIMIT 1)) AS received_at
    FROM waiting WHERE tenant_id IS NOT NULL
    """,
).columns(Event.received_at)
NO_LIMITS: Final = DayLimits(events=sys.maxsize, bytes=sys.maxsize)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A webhook body that arrived and has no row yet."""

    tenant_id: int
    source_key: str
    raw: bytes
    state: str
    received_at: datetime


def store(session: Session, arrivals: Sequence[Arrival]) -> int:
    """Insert bodies; return how many were new. One whose source key is stored already changes nothing."""
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


def store_group(
    database: Database, arrivals: Sequence[Arrival], limits: DayLimits = NO_LIMITS
) -> tuple[int, int]:
    """Store a group in one transaction; return how many of what shall be read were new, and repeats.

    What is beyond a tenant's limits of the day is counted and not stored.
    Raises RowsRefused where the database refuses one of them, DatabaseUnavailable where it does not answer.
    """
    try:
        with database.writing_all() as session:
            sizes = [(each.tenant_id, len(each.raw)) for each in arrivals]
            admitted = list(compress(arrivals, admit(session, sizes, now(), limits)))
            to_read = [each for each in admitted if each.state == EventState.NEW]
            kept = [each for each in admitted if each.state != EventState.NEW]  # counted when received
            new = store(session, to_read) if to_read else 0
            if kept:
                store(session, kept)
    except SQLAlchemyError as refused:
        raise RowsRefused(str(refused).splitlines()[0]) from refused
    return new, len(to_read) - new


def oldest_new(session: Session) -> datetime | None:
    """Return when the oldest event of all tenants that waits to be read was received."""
    at: datetime | None = session.execute(_OLDEST_NEW).scalar()
    return at


def has_events(session: Session, tenant_id: int) -> bool:
    """Tell whether a tenant ever got an event."""
    mine = select(Event.id).where(Event.tenant_id == tenant_id)
    return session.scalar(mine.order_by(Event.id).limit(1)) is not None


def last_webhook_at(session: Session, tenant_id: int) -> datetime | None:
    """Return when the last webhook came; test events and backfilled ones do not count."""
    is_webhook = ~or_(*(Event.source_key.like(f"{kind}%") for kind in (TESTS, BACKFILLED)))
    newest = select(Event.received_at).where(Event.tenant_id == tenant_id, is_webhook)
    return session.scalar(newest.order_by(Event.id.desc()).limit(1))


def stored_keys(session: Session, tenant_id: int, keys: Collection[str]) -> set[str]:
    """Return which of these source keys a tenant has events of."""
    mine = select(Event.source_key).where(Event.tenant_id == tenant_id, Event.source_key.in_(keys))
    return set(session.scalars(mine))


@dataclass(slots=True)
class ClaimedEvent:
    """A new event that this worker has leased; fan-out fills in the last four fields.

    `change` is what it means, None when `state` and `outcome` say why it means nothing. `event_type` is empty
    then.
    """

    id: int
    tenant_id: int
    raw: bytes
    received_at: datetime
    lease_losses: int
    change: Change | None = None
    state: str = EventState.DONE
    event_type: str = ""
    outcome: str = ""


def tenants_with_new(session: Session) -> list[int]:
    """Name the tenants that have new events, in the order of their ids."""
    return list(session.execute(_TENANTS_WITH_NEW).scalars())


def claim_new(
    session: Session, tenants: Sequence[int], token: str, now: datetime, until: datetime, limit: int
) -> list[ClaimedEvent]:
    """Claim up to `limit` new events, an equal share for each tenant, oldest first.

    One worker at a time fans out a tenant's events, so that their cards keep their order: a tenant whose
    events another worker has leased is left out. Different tenants are fanned out side by side.
    """
    connection = session.connection()
    values = {"tenants": list(tenants[:MOST_TENANTS]), "now": now}
    served = connection.execute(_LOCK_FREE_TENANTS, values).scalars().all()
    share = max(1, limit // max(1, len(served)))
    oldest: list[int] = []
    for tenant_id in served:
        oldest += _claimable_ids(
            connection.execute(_OLDEST, {"tenant": tenant_id, "share": share}).all(), now
        )
    if not oldest:
        return []
    rows = connection.execute(_CLAIM, {"ids": oldest, "now": now, "b_token": token, "b_until": until}).all()
    return sorted((ClaimedEvent(*row) for row in rows), key=lambda event: event.id)


def _claimable_ids(first: Sequence[Any], now: datetime) -> list[int]:
    """Return which of a tenant's oldest events (id, lease_until) may be claimed now."""
    leases = [until for _, until in first if until is not None]
    if any(until > now for until in leases):
        return []  # another worker has claimed them a moment ago
    ids = [event_id for event_id, _ in first]
    # A worker died over them: claim one alone, so that one that crashes its worker holds up no other.
    return ids[:1] if leases else ids


def close(session: Session, token: str, events: Sequence[ClaimedEvent]) -> set[int]:
    """Store the outcomes of events still leased under this token; return the ids of those."""
    connection = session.connection()
    values = {"ids": [event.id for event in events], "b_token": token}
    leased = set(connection.execute(_LEASED, values).scalars())
    rows = [
        {
            "b_tenant": event.tenant_id,
            "b_id": event.id,
            "state": event.state,
            "event_type": event.event_type,
            "outcome": event.outcome[:500].replace("\0", ""),  # PostgreSQL takes no NUL
        }
        for event in events
        if event.id in leased
    ]
    if rows:
        connection.execute(_CLOSE, rows)
    return leased


# Statements are built once: to build one costs more than to run it. 'new' is a literal in them,
# so that the planner uses the partial index.
_EVENTS: Any = Event.__table__
_TENANTS: Any = Tenant.__table__
_IS_NEW: Any = _EVENTS.c.state == literal_column(f"'{EventState.NEW}'")
_TIME: Any = _EVENTS.c.lease_until.type
_NOW: Any = bindparam("now", type_=_TIME)
_IS_FREE: Any = is_free(_EVENTS.c.lease_until, _NOW)

# A worker leases the oldest events and closes them together, so the lease of the very oldest decides.
_LEASED_UNTIL = (
    select(_EVENTS.c.lease_until)
    .where(_EVENTS.c.tenant_id == _TENANTS.c.id, _IS_NEW)
    .order_by(_EVENTS.c.id)
    .limit(literal_column("1"))
    .correlate(_TENANTS)
    .scalar_subquery()
)
_LOCK_FREE_TENANTS = (
    select(_TENANTS.c.id)
    .where(
        _TENANTS.c.id.in_(bindparam("tenants", expanding=True)),
        or_(_LEASED_UNTIL.is_(None), _LEASED_UNTIL <= _NOW),
    )
    # key_share: inserts of events of this tenant neither wait for us nor make us skip the tenant.
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
        # A lease that ran out means that its worker died.
        lease_losses=_EVENTS.c.lease_losses + case((_EVENTS.c.lease_until <= _NOW, 1), else_=0),
    )
    .returning(
        _EVENTS.c.id, _EVENTS.c.tenant_id, _EVENTS.c.raw, _EVENTS.c.received_at, _EVENTS.c.lease_losses
    )
)
_LEASED = (
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
