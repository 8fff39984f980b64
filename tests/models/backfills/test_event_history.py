"""The history of an object: all events since a moment, the last one before, of this tenant only."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from models.backfills import event_history
from models.backfills.event_history import EventHistory
from models.database.engine import Database
from models.pipedrive.change import Change
from models.tables import Event
from models.tables.events import EventState
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import add

HOUR: Final = timedelta(hours=1)


def event(tenant_id: int, number: int, title: str, at: datetime, **columns: Any) -> Event:
    meta = {"action": "change", "entity": columns.pop("entity", "deal"), "entity_id": str(number)}
    raw = json.dumps({"meta": meta, "data": {"id": number, "title": title}, "previous": {}}).encode()
    usual = {"state": EventState.DONE, "event_type": "deal.updated", "received_at": at, "raw": raw}
    return Event(tenant_id=tenant_id, source_key=title, **(usual | columns))


def told(database: Database, tenant_id: int, *ids: str) -> dict[str, list[str]]:
    return titles(EventHistory(database, tenant_id, "deal", NOON), *ids)


def titles(history: EventHistory, *ids: str) -> dict[str, list[str]]:
    found = history.changes_of(ids)
    return {key: [_title(change) for change in changes] for key, changes in found.items()}


def _title(change: Change) -> str:
    return str(change.state["title"])


def test_all_since_then_and_the_last_before(database: Database, tenants: TwoTenants) -> None:
    times = [("old", NOON - 2 * HOUR), ("last", NOON - HOUR), ("one", NOON + HOUR), ("two", NOON + HOUR)]
    add(database, *(event(tenants.ours, 7, title, at) for title, at in times))
    add(database, event(tenants.ours, 8, "other", NOON), event(tenants.theirs, 7, "theirs", NOON))

    assert told(database, tenants.ours, "7", "9") == {"7": ["two", "one", "last"]}


def test_what_nobody_has_read_yet_counts_and_what_is_foreign_does_not(
    database: Database, tenants: TwoTenants
) -> None:
    add(
        database,
        event(tenants.ours, 7, "new", NOON, state=EventState.NEW, event_type=""),
        event(tenants.ours, 7, "foreign", NOON, state=EventState.FOREIGN),
        event(tenants.ours, 7, "a person", NOON, entity="person", state=EventState.NEW, event_type=""),
        event(tenants.ours, 7, "test-1", NOON),
        event(tenants.ours, 7, "broken", NOON, raw=b'{"deal": '),
    )
    assert told(database, tenants.ours, "7") == {"7": ["new"]}


def test_the_past_is_looked_through_in_bounds(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.backfills.event_history.BATCH", 2)
    monkeypatch.setattr("models.backfills.event_history.MOST_OLD", 3)
    add(database, event(tenants.ours, 7, "first", NOON - HOUR))
    add(database, *(event(tenants.ours, 8, f"more {number}", NOON - HOUR) for number in range(3)))
    add(database, *(event(tenants.ours, 9, f"now {number}", NOON) for number in range(3)))

    assert told(database, tenants.ours, "7") == {}
    assert told(database, tenants.ours, "8") == {"8": ["more 2"]}
    assert told(database, tenants.ours, "9") == {"9": ["now 2", "now 1", "now 0"]}


def test_the_events_of_a_gap_are_read_through_once_however_many_chunks_ask(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[bytes] = []
    read = event_history._read

    def count(raw: bytes, entity: str) -> Change | None:
        reads.append(raw)
        return read(raw, entity)

    monkeypatch.setattr(event_history, "_read", count)
    add(database, *(event(tenants.ours, each, f"deal {each}", NOON + each * HOUR) for each in range(40)))
    history = EventHistory(database, tenants.ours, "deal", NOON)
    for each in range(40):
        assert titles(history, str(each)) == {str(each): [f"deal {each}"]}
    assert len(reads) <= 40 + 2 * 40  # each once, then the newest again and the one that was asked for


def test_an_event_that_came_since_is_known_to_the_next_chunk(database: Database, tenants: TwoTenants) -> None:
    add(database, event(tenants.ours, 7, "one", NOON), event(tenants.ours, 8, "other", NOON + HOUR))
    history = EventHistory(database, tenants.ours, "deal", NOON)
    assert titles(history, "7") == {"7": ["one"]}
    late = NOON + HOUR - event_history.OVERLAP / 2  # committed after one that was received later
    add(database, event(tenants.ours, 7, "two", late), event(tenants.ours, 7, "three", NOON + 2 * HOUR))
    assert titles(history, "7") == {"7": ["three", "two", "one"]}
