"""The history of objects: which of a tenant's stored events tell of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Row, or_, select

from models.database.chunks import chunks
from models.database.engine import Database
from models.events.store import SIGNALLED, TESTS
from models.pipedrive.change import Change, Unreadable, read
from models.pipedrive.webhook.json import parse_json
from models.tables.events import Event, EventState

BATCH: Final = 500
MOST_OLD: Final = 10_000
OVERLAP: Final = timedelta(minutes=1)  # an event with a smaller id may be committed later

_Row = Row[int, bytes, datetime]


class EventHistory:
    """The events of one entity of a tenant: all since a moment, and for each object the last one before it.

    They are read through once, and later calls read only what came since: a gap has as many events as a
    tenant can have, and a list as many chunks. Of each event only its id is kept. Before that moment only the
    newest `MOST_OLD` events are searched: for an object without changes for longer none is found.
    """

    def __init__(self, database: Database, tenant_id: int, entity: str, since: datetime) -> None:
        self._database = database
        self._tenant_id, self._entity, self._since = tenant_id, entity, since
        self._events: dict[str, set[int]] = defaultdict(set)  # by the object's id, those since then
        self._last_before: dict[str, int] = {}
        self._newest: datetime | None = None

    def changes_of(self, ids: Collection[str]) -> Mapping[str, list[Change]]:
        """Return the changes of these objects, newest first, by id; those without events are left out."""
        self._read_on()
        wanted = set().union(*(self._events.get(each, set()) for each in ids))
        wanted |= {self._last_before[each] for each in ids if each in self._last_before}
        found: dict[str, list[Change]] = defaultdict(list)
        for raw in self._bodies(wanted):
            change = _read(raw, self._entity)
            if change is not None:
                found[change.object_id].append(change)
        return found

    def _read_on(self) -> None:
        """Note which events tell of which objects; only those that came since the last call."""
        until, old = self._newest, 0
        for row in self._newest_first():
            self._newest = max(self._newest or row.received_at, row.received_at)
            is_old = row.received_at < self._since
            old += is_old
            if old > MOST_OLD or (until is not None and row.received_at < until - OVERLAP):
                return
            change = _read(row.raw, self._entity)
            if change is not None and is_old:
                self._last_before.setdefault(change.object_id, row.id)
            elif change is not None:
                self._events[change.object_id].add(row.id)

    def _newest_first(self) -> Iterator[_Row]:
        columns = select(Event.id, Event.raw, Event.received_at).where(
            Event.tenant_id == self._tenant_id,
            Event.state.in_((EventState.NEW, EventState.DONE)),
            Event.source_key.not_like(f"{TESTS}%"),
            Event.source_key.not_like(f"{SIGNALLED}%"),
            or_(Event.event_type.startswith(f"{self._entity}."), Event.state == EventState.NEW),
        )
        before: int | None = None
        while True:
            further = columns if before is None else columns.where(Event.id < before)
            with self._database.reading(self._tenant_id) as session:
                rows = session.execute(further.order_by(Event.id.desc()).limit(BATCH)).all()
            yield from rows
            if len(rows) < BATCH:
                return
            before = rows[-1].id

    def _bodies(self, ids: Collection[int]) -> Iterator[bytes]:
        query = select(Event.raw).where(Event.tenant_id == self._tenant_id).order_by(Event.id.desc())
        for some in chunks(sorted(ids, reverse=True)):
            with self._database.reading(self._tenant_id) as session:
                found = session.scalars(query.where(Event.id.in_(some))).all()
            yield from found


def _read(raw: bytes, entity: str) -> Change | None:
    if entity.encode() not in raw:
        return None
    try:
        change = read(parse_json(raw))
    except Unreadable:
        return None
    return change if change is not None and change.entity == entity else None
