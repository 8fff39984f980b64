"""Deals as their events and their last state tell of them, for tests of sales reports."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import orjson

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.pipedrive.change import read
from models.sales_reports.report import make_sales_report
from models.sales_reports.rows import SalesReport
from models.stalled.track import row_of_change, track
from models.tables import Event, KnownName
from models.tables.reports import SalesReportKind
from tests.models.acting import add_person
from tests.models.leads.known import add_users, match
from tests.models.rows import add

HOUR: Final = timedelta(hours=1)
USUAL: Final[dict[str, Any]] = {"status": "open", "stage_id": 1, "pipeline_id": 1, "owner_id": 1}


def tell(
    database: Database,
    tenant_id: int,
    number: int,
    *,
    at: datetime | None = None,
    before: dict[str, Any] | None = None,
    action: str = "change",
    seen_by: list[int] | None = None,
    **state: Any,
) -> None:
    """Store the event of a change of a deal, as if it was fanned out, and its last state."""
    at = at or now() - HOUR
    data = {"id": number, "title": f"Deal {number}", **USUAL, "update_time": at.isoformat(), **state}
    meta: dict[str, Any] = {"action": action, "entity": "deal", "entity_id": str(number), "id": uuid4().hex}
    meta |= {"version": "2.0", "timestamp": at.isoformat(), "webhook_id": "w"}
    meta |= {"permitted_user_ids": [str(each) for each in seen_by]} if seen_by is not None else {}
    is_gone = action == "delete"
    body = {"meta": meta, "data": None if is_gone else data, "previous": data if is_gone else before or {}}
    change = read(body)
    assert change is not None
    event = Event(tenant_id=tenant_id, source_key=meta["id"], raw=orjson.dumps(body), state="done")
    event.event_type, event.received_at = change.types[0], at
    add(database, event)
    row = row_of_change(tenant_id, change, at, "UTC")
    assert row is not None
    with database.writing_all() as session:
        track(session, [row])


def new(database: Database, tenant_id: int, number: int, **state: Any) -> None:
    tell(database, tenant_id, number, action="create", **state)


def won(database: Database, tenant_id: int, number: int, **state: Any) -> None:
    tell(database, tenant_id, number, before={"status": "open"}, status="won", **state)


def long_ago(database: Database, tenant_id: int) -> None:
    """Let the record of a tenant begin half a year ago."""
    row = Event(tenant_id=tenant_id, source_key="first", raw=b"{}", state="ignored")
    row.received_at = now() - timedelta(days=180)
    add(database, row)


def add_pipelines(database: Database, tenant_id: int, *texts: str) -> None:
    """Let pipelines be known by their names, with the ids 1, 2, ..."""
    for key, text in enumerate(texts, 1):
        add(database, KnownName(tenant_id=tenant_id, kind="pipeline", key=str(key), text=text, more={}))


def managers(database: Database, tenant_id: int) -> Actor:
    """Users 1 to 3 of Pipedrive, stages and pipelines; return a manager who is its user 1."""
    boss = add_person(database, tenant_id, f"boss{tenant_id}", None, role="manager")
    add_users(database, tenant_id, 1, 2, 3)
    match(database, boss, 1)
    names = {"stage": ("Qualified", "Proposal", "Signing"), "pipeline": ("Sales", "Renewals")}
    for kind, texts in names.items():
        for key, text in enumerate(texts, 1):
            more = {"pipeline_id": 1, "order": key} if kind == "stage" else {}
            add(database, KnownName(tenant_id=tenant_id, kind=kind, key=str(key), text=text, more=more))
    return boss


def report(
    database: Database, actor: Actor, kind: str = "pipeline", days: str = "7d", pipeline: str = ""
) -> SalesReport:
    with database.reading(actor.tenant) as session:
        return make_sales_report(session, actor, SalesReportKind(kind), days, pipeline)


def names(found: SalesReport, part: str) -> list[str]:
    return [row.name for row in found.of_part(part)]


def sums(found: SalesReport, part: str) -> list[tuple[int | None, str, float | None]]:
    """How many and how much of each currency."""
    return [
        (row.count, row.currency, None if row.amount is None else float(row.amount))
        for row in found.totals(part)
    ]


def day(ahead: int) -> str:
    return (datetime.now(UTC) + timedelta(days=ahead)).date().isoformat()
