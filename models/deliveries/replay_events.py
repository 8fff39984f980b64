"""Lets events that ended as `failed` be read again, in batches; they keep their place in the order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, func, literal_column, select, update
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.database.chunks import MOST_VALUES, chunks
from models.database.engine import Database
from models.security.audit import record
from models.tables.events import Event, EventState

REPLAYABLE: Final = (EventState.FAILED, EventState.UNPARSED)
REPLAYED: Final = "event.replayed"
COUNT_CAP: Final = 10_000  # counting further would read ever more
# A literal, so that the planner uses the partial index.
_IS_FAILED: Final[ColumnElement[bool]] = Event.state == literal_column(f"'{EventState.FAILED}'")


@dataclass(frozen=True, slots=True)
class EventFilter:
    """Which events to read again; None does not narrow the choice. The times compare when it was received."""

    state: str = EventState.FAILED
    since: datetime | None = None
    until: datetime | None = None
    ids: Sequence[int] | None = None


def count_failed(session: Session, tenant_id: int | None = None) -> int:
    """Count the failed events of a tenant, or of all; up to `COUNT_CAP`."""
    failed: Select[Any] = select(literal_column("1")).select_from(Event).where(_IS_FAILED)
    if tenant_id is not None:
        failed = failed.where(Event.tenant_id == tenant_id)
    capped = failed.limit(COUNT_CAP).subquery()
    return int(session.execute(select(func.count()).select_from(capped)).scalar_one())


def replay_events(database: Database, actor: Actor, event_filter: EventFilter, *, dry_run: bool) -> int:
    """Make the events that the filter matches new again; return how many. `dry_run` only counts.

    Deliveries that an event has already are not made a second time.
    """
    count, last = 0, 0
    while ids := _find_batch(database, actor.tenant, event_filter, last):
        count, last = count + len(ids), ids[-1]
        if not dry_run:
            with database.writing(actor.tenant) as session:
                session.execute(_make_new(actor.tenant, event_filter.state, ids))
    if count and not dry_run:
        with database.writing(actor.tenant) as session:
            record(session, actor, REPLAYED, count_text(count), state=event_filter.state)
    return count


def _find_batch(database: Database, tenant_id: int, event_filter: EventFilter, last: int) -> list[int]:
    """Return the ids of the next events behind `last`, oldest first."""
    is_state = _IS_FAILED if event_filter.state == EventState.FAILED else Event.state == event_filter.state
    query = select(Event.id).where(Event.tenant_id == tenant_id, is_state, Event.id > last)
    if event_filter.since is not None:
        query = query.where(Event.received_at >= event_filter.since)
    if event_filter.until is not None:
        query = query.where(Event.received_at < event_filter.until)
    with database.reading(tenant_id) as session:
        if event_filter.ids is None:
            return list(session.scalars(query.order_by(Event.id).limit(MOST_VALUES)))
        wanted = next(chunks(sorted({each for each in event_filter.ids if each > last})), [])
        return list(session.scalars(query.where(Event.id.in_(wanted)).order_by(Event.id)))


def _make_new(tenant_id: int, state: str, ids: Sequence[int]) -> Any:
    mine = update(Event).where(Event.tenant_id == tenant_id, Event.id.in_(ids), Event.state == state)
    values = {"event_type": "", "outcome": "", "lease_losses": 0, "lease_token": None, "lease_until": None}
    made_new = mine.values(state=EventState.NEW, **values)
    return made_new.execution_options(synchronize_session=False)


def count_text(count: int) -> str:
    return f"{count:,} {'event' if count == 1 else 'events'}"
