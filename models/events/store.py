"""Stores events: the web part inserts them in groups."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import compress, groupby
from typing import Any, Final

from sqlalchemy import exists, or_, select, text, true
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from models.clock import now
from models.database.batch import BatchStatement, types_of
from models.database.engine import Database
from models.database.upsert import prepared_insert
from models.errors import RowsRefused
from models.events.day_limits import DayLimits
from models.events.day_usage import ADD_USAGE, KnownTotals, admit
from models.security.contents import encrypt_rows
from models.tables.events import Event, EventState

# How the source keys of events begin that are no webhooks: test events of a person, what a backfill found
# (`models.pipedrive.rest.backfill_body`), and what we found ourselves (`models.stalled.signals`).
TESTS: Final = "test-"
BACKFILLED: Final = "late:"
SIGNALLED: Final = "signal:"

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
LONGEST_IN_A_BATCH: Final = 64 * 1024  # bytes of a body
NO_LIMITS: Final = DayLimits(events=sys.maxsize, bytes=sys.maxsize)


@dataclass(frozen=True, slots=True)
class Arrival:
    """A webhook body that arrived and has no row yet.

    `content_key` is of the change it tells (`change_key`), `webhook` is Pipedrive's id of its webhook.
    """

    tenant_id: int
    source_key: str
    raw: bytes
    state: str
    received_at: datetime
    content_key: str | None = None
    webhook: str | None = None


def store(session: Session, arrivals: Sequence[Arrival]) -> int:
    """Insert bodies; return how many were new.

    One whose source key is stored already changes nothing, and neither does one that tells a change which
    another webhook has told. A change that the same webhook tells again, under another id, is another event.
    """
    rows = encrypt_rows(session, [_row(each) for each in arrivals], "raw")
    parts = groupby(rows, key=lambda row: _fits_a_batch(row["raw"]))
    return sum(_store_part(session, list(rows), in_batch=in_batch) for in_batch, rows in parts)


def _store_part(session: Session, rows: Sequence[dict[str, Any]], *, in_batch: bool) -> int:
    new = len(_STORE.execute(session, rows)) if in_batch else _store_bytes(session, rows)
    if new == len(rows):
        return new
    again = [_row_again(row) for row in rows if row["content_key"]]
    parts = [again] if in_batch else [[row] for row in again]
    return new + sum(len(_STORE_AGAIN.execute(session, part)) for part in parts if part)


def _store_bytes(session: Session, rows: Sequence[dict[str, Any]]) -> int:
    """Insert row by row, and return how many were new."""
    options = {"preserve_rowcount": True}
    counted = session.connection().execute(_STORE_BYTES(session), rows, execution_options=options)
    return int(counted.rowcount)


def _fits_a_batch(raw: bytes) -> bool:
    """Whether a body can be part of the JSON document that a batch is: it is a text, and no long one.

    A megabyte takes three times as long that way, and seven times its memory. What is no text is no JSON
    either, and tells no change.
    """
    if len(raw) > LONGEST_IN_A_BATCH or b"\0" in raw:
        return False
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


def _row_again(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "content_key": None, "content": row["content_key"]}


def _row(each: Arrival) -> dict[str, Any]:
    return {
        "tenant_id": each.tenant_id,
        "source_key": each.source_key,
        "content_key": each.content_key,
        "webhook": each.webhook,
        "raw": each.raw,
        "state": each.state,
        "received_at": each.received_at,
    }


def prepare_to_store(database: Database) -> None:
    """Prepare what `store_group` runs, on the connection of this thread. Raises DatabaseUnavailable."""
    BatchStatement.prepare_all(database, (_STORE, ADD_USAGE))


def store_group(
    database: Database,
    arrivals: Sequence[Arrival],
    limits: DayLimits = NO_LIMITS,
    known: KnownTotals | None = None,
) -> tuple[int, int]:
    """Store a group in one transaction; return how many of what shall be read were new, and repeats.

    What is beyond a tenant's limits of the day is counted and not stored; for `known` see `admit`.
    Raises RowsRefused where the database refuses one of them, DatabaseUnavailable where it does not answer.
    """
    try:
        with database.writing_all() as session:
            sizes = [(each.tenant_id, len(each.raw)) for each in arrivals]
            admitted = list(compress(arrivals, admit(session, sizes, now(), limits, known)))
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


def newest_received_at(session: Session) -> datetime | None:
    """Return when the last event of all tenants was received."""
    at: datetime | None = session.scalar(select(Event.received_at).order_by(Event.id.desc()).limit(1))
    return at


def has_events(session: Session, tenant_id: int) -> bool:
    """Tell whether a tenant ever got an event."""
    mine = select(Event.id).where(Event.tenant_id == tenant_id)
    return session.scalar(mine.order_by(Event.id).limit(1)) is not None


def last_webhook_at(session: Session, tenant_id: int) -> datetime | None:
    """Return when the last webhook came; test events, backfilled ones and our own do not count."""
    is_webhook = ~or_(*(Event.source_key.like(f"{kind}%") for kind in (TESTS, BACKFILLED, SIGNALLED)))
    newest = select(Event.received_at).where(Event.tenant_id == tenant_id, is_webhook)
    return session.scalar(newest.order_by(Event.id.desc()).limit(1))


def stored_keys(session: Session, keys: Collection[tuple[int, str]]) -> set[tuple[int, str]]:
    """Return of which of these there are events, each a tenant and a source key."""
    rows = [{"tenant_id": tenant_id, "source_key": key} for tenant_id, key in keys]
    return {(owner, key) for owner, key in _STORED.execute(session, rows)} if rows else set()


def _insert(dialect: Any, rows: Any) -> Any:
    insert = dialect.insert(_EVENTS).from_select(_COLUMNS, rows, include_defaults=False)
    return insert.on_conflict_do_nothing().returning(_EVENTS.c.id)


_EVENTS: Any = Event.__table__
_COLUMNS: Final = ("tenant_id", "source_key", "content_key", "webhook", "raw", "state", "received_at")
_STORED: Final = BatchStatement(
    types_of(_EVENTS, ("tenant_id", "source_key")),
    lambda new, _: select(_EVENTS.c.tenant_id, _EVENTS.c.source_key).where(
        _EVENTS.c.tenant_id == new.c.tenant_id, _EVENTS.c.source_key == new.c.source_key
    ),
)
_EARLIER: Any = _EVENTS.alias()
_STORE: Final = BatchStatement(
    types_of(_EVENTS, _COLUMNS),
    lambda new, dialect: _insert(dialect, select(*(new.c[name] for name in _COLUMNS)).where(true())),
)
# What was not stored because its content key was taken, and that by an event of its own webhook.
_STORE_AGAIN: Final = BatchStatement(
    {**types_of(_EVENTS, _COLUMNS), "content": _EVENTS.c.content_key.type},
    lambda new, dialect: _insert(
        dialect,
        select(*(new.c[name] for name in _COLUMNS)).where(
            exists().where(
                _EARLIER.c.tenant_id == new.c.tenant_id,
                _EARLIER.c.content_key == new.c.content,
                _EARLIER.c.webhook == new.c.webhook,
            )
        ),
    ),
)
_STORE_BYTES: Final = prepared_insert(_EVENTS, lambda insert: insert.on_conflict_do_nothing())
