"""The history of objects: a tenant's stored events, parsed again and grouped by object."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import Row, or_, select
from sqlalchemy.orm import Session

from models.events.store import TESTS
from models.pipedrive.change import Change, Unreadable, read
from models.pipedrive.webhook.json import parse_json
from models.tables.events import Event, EventState

BATCH: Final = 500
MOST_OLD: Final = 10_000


def events_by_object(
    session: Session, tenant_id: int, entity: str, ids: Collection[str], since: datetime
) -> Mapping[str, list[Change]]:
    """Return the known events of these objects, by id: all since a moment, and the last one before it.

    Before that moment only the newest `MOST_OLD` events of the entity are searched: for an object without
    changes for longer none is found. Objects without events are left out.
    """
    wanted, settled = set(ids), set[str]()
    found: dict[str, list[Change]] = defaultdict(list)
    old = 0
    for row in _newest_first(session, tenant_id, entity):
        is_old = row.received_at < since
        if is_old and (old >= MOST_OLD or settled >= wanted):
            break
        old += is_old
        change = _read(row.raw, entity)
        if change is None or change.object_id not in wanted or change.object_id in settled:
            continue
        found[change.object_id].append(change)
        if is_old:
            settled.add(change.object_id)
    return found


def _newest_first(session: Session, tenant_id: int, entity: str) -> Iterator[Row[int, bytes, datetime]]:
    columns = select(Event.id, Event.raw, Event.received_at).where(
        Event.tenant_id == tenant_id,
        Event.state.in_((EventState.NEW, EventState.DONE)),
        Event.source_key.not_like(f"{TESTS}%"),
        or_(Event.event_type.startswith(f"{entity}."), Event.state == EventState.NEW),
    )
    before: int | None = None
    while True:
        further = columns if before is None else columns.where(Event.id < before)
        rows = session.execute(further.order_by(Event.id.desc()).limit(BATCH)).all()
        yield from rows
        if len(rows) < BATCH:
            return
        before = rows[-1].id


def _read(raw: bytes, entity: str) -> Change | None:
    if entity.encode() not in raw:
        return None
    try:
        change = read(parse_json(raw))
    except Unreadable:
        return None
    return change if change is not None and change.entity == entity else None
