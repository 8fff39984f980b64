"""Changes of deals and activities as fan-out records them, and what is told of them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select, update

from models.database.engine import Database
from models.pipedrive.change import Change, read
from models.pipedrive.webhook.json import parse_json
from models.stalled.signals import tell_due
from models.stalled.track import Known, row_of_change, row_of_state, track
from models.tables import Event, Tenant, TrackedObject

PRAGUE: Final = "Europe/Prague"
DAY: Final = timedelta(days=1)


def body(entity: str, number: int, at: datetime, action: str = "change", **state: Any) -> dict[str, Any]:
    """A v2 body of a change that happened at `at`."""
    meta = {
        "action": action,
        "entity": entity,
        "entity_id": str(number),
        "id": f"{number}-{at}",
        "webhook_id": "w",
    }
    meta |= {"timestamp": at.isoformat(), "version": "2.0"} | state.pop("meta", {})
    usual = (
        {"title": f"Deal {number}", "status": "open", "stage_id": 1} if entity == "deal" else {"done": False}
    )
    data = {"id": number, "update_time": at.isoformat(), **usual, **state}
    if action == "delete":
        return {"meta": meta, "data": None, "previous": data}
    return {"meta": meta, "data": data, "previous": {}}


def change(
    database: Database,
    tenant_id: int,
    number: int,
    at: datetime,
    *,
    entity: str = "deal",
    heard_at: datetime | None = None,
    zone: str = "UTC",
    **more: Any,
) -> None:
    """Record a change that was heard of at once, or at `heard_at`."""
    found = read(body(entity, number, at, **more))
    assert found is not None
    row = row_of_change(tenant_id, found, heard_at or at, zone)
    assert row is not None
    with database.writing_all() as session:
        track(session, [row])


def list_deals(database: Database, tenant_id: int, at: datetime, numbers: range, heard_at: datetime) -> None:
    """Record open deals that were last changed at `at`, as a list of Pipedrive's API names them."""
    rows = [
        row_of_state(
            tenant_id,
            Known("deal", str(number), {"id": number, "title": f"Deal {number}", "status": "open"}),
            at,
            heard_at,
            ZoneInfo("UTC"),
        )
        for number in numbers
    ]
    with database.writing_all() as session:
        track(session, (row for row in rows if row is not None))


def tell(database: Database, at: datetime, limit: int = 200) -> int:
    with database.writing_all() as session:
        return tell_due(session, at, limit)


def told(database: Database, tenant_id: int) -> list[Change]:
    """The events of ours, oldest first."""
    with database.reading(tenant_id) as session:
        mine = select(Event.raw).where(Event.tenant_id == tenant_id, Event.source_key.like("signal:%"))
        found = [read(parse_json(raw)) for raw in session.scalars(mine.order_by(Event.id))]
    return [each for each in found if each is not None]


def days_told(database: Database, tenant_id: int) -> list[int]:
    """How long each deal that was told had been idle."""
    return [each.after["stalled_days"] for each in told(database, tenant_id)]


def row_of(database: Database, tenant_id: int, number: int = 1, entity: str = "deal") -> TrackedObject:
    with database.reading(tenant_id) as session:
        return session.get_one(TrackedObject, (tenant_id, entity, str(number)))


def live_in(database: Database, tenant_id: int, zone: str) -> None:
    with database.writing_all() as session:
        session.execute(update(Tenant).where(Tenant.id == tenant_id).values(timezone=zone))
