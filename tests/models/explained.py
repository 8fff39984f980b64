"""Many rows, and the plans of the statements that read them: what scans a table is found."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, Final

import orjson
from sqlalchemy import event, text

from models.database import direct
from models.database.engine import Database
from models.deliveries import lanes
from models.rules.sample_event import made_up_body
from tests.engine import NOON
from tests.models.rows import add, destination, rule

SECOND: Final = timedelta(seconds=1)
# SQLite says SCAN, or SEARCH without an index where it looks for a maximum; `d` and `e` are aliases of ours.
SCAN: Final = re.compile(
    r"SCAN (deliveries|events|tracked_objects|d|e)\b(?!.* USING COVERING INDEX ix_tracked)"
    r"|'SEARCH (deliveries|events|tracked_objects)'|Seq Scan on (deliveries|events|tracked_objects)\b"
)

_FILL_EVENTS = """
    INSERT INTO events (tenant_id, source_key, raw, state, event_type, received_at, object_key)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    SELECT :tenant, 'key-' || i, :raw, CASE WHEN i % 100 = 0 THEN 'new' ELSE 'done' END, 'deal.updated', :at,
           'deal:' || (i / 3)
    FROM n
"""
_FILL_TRACKED = """
    INSERT INTO tracked_objects (tenant_id, entity, object_id, is_open, changed_at, heard_at, next_at, words,
                                 state)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    SELECT :tenant, 'deal', CAST(i AS text), i % 10 < 5, :at, :at, CASE WHEN i % 100 = 0 THEN :at END,
           'deal ' || i, :state
    FROM n
"""
_FILL_DELIVERIES = """
    INSERT INTO deliveries (tenant_id, rule_id, destination_id, lane, request_id, message_key, state,
                            next_attempt_at, created_at, finished_at, waiting_since)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 10000)
    SELECT :tenant, :rule, :destination, 'spaces/' || :tenant, :prefix || i,
           CASE WHEN i % 100 BETWEEN 1 AND 6 THEN NULL ELSE 'client-' || i END,
           CASE WHEN i % 100 < 3 THEN 'pending' WHEN i % 100 < 7 THEN 'held' WHEN i % 100 < 9 THEN 'dead'
                WHEN i % 100 < 10 THEN 'skipped' ELSE 'delivered' END,
           :at, :at, CASE WHEN i % 100 < 7 THEN NULL ELSE :at END, CASE WHEN i % 100 = 0 THEN :at END
    FROM n
"""


def fill(database: Database, tenant_id: int, at: Any) -> None:
    to, by = destination(tenant_id, lane=f"spaces/{tenant_id}"), rule(tenant_id)
    add(database, to, by)
    values = {
        "tenant": tenant_id,
        "at": at,
        "raw": orjson.dumps(made_up_body("deal.won")),
        "prefix": uuid.uuid4().hex[:8],
    }
    with database.engine.connect().execution_options(schema_change=True) as connection:
        connection.execute(text(_FILL_EVENTS), values)
        connection.execute(text(_FILL_TRACKED), values | {"state": b'{"state": {}, "permitted": null}'})
        more = {"rule": by.id, "destination": to.id}
        connection.execute(text(_FILL_DELIVERIES), values | more)
        connection.commit()
    with database.writing_all() as session:
        lanes.mark_due(session, [(tenant_id, to.lane, NOON - SECOND)])


@contextmanager
def explained(database: Database, scan: re.Pattern[str] = SCAN) -> Iterator[list[str]]:
    """Explain every statement before it is executed; collect the steps that read a whole table."""
    scans: list[str] = []
    explain = "EXPLAIN QUERY PLAN " if database.is_sqlite else "EXPLAIN "

    def look(_conn: Any, cursor: Any, statement: str, parameters: Any, _context: Any, many: bool) -> None:
        if (
            statement.lstrip()
            .upper()
            .startswith(("INSERT", "BEGIN", "SAVEPOINT", "RELEASE", "ROLLBACK", "SET"))
        ):
            return
        cursor.execute(explain + statement, parameters[0] if many else parameters)
        plan = [str(row) for row in cursor.fetchall()]
        scans.extend(f"{row} in {statement}" for row in plan if scan.search(row))

    event.listen(database.engine, "before_cursor_execute", look)
    direct.BY_DRIVER = False
    try:
        yield scans
    finally:
        direct.BY_DRIVER = True
        event.remove(database.engine, "before_cursor_execute", look)
