"""The synthetic event: of a tenant of the installation's own, it goes the road of every other event.

It is stored as the webhook endpoint stores, fanned out, claimed and finished by a worker; only its channel
sends nothing. When it does not arrive, cards of customers do not either.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database.engine import Database
from models.database.upsert import insert_into
from models.events.store import Arrival, store_group
from models.operating.alerts.rules import SYNTHETIC_WITHIN
from models.tables.accounts import Tenant
from models.tables.deliveries import Delivery, DeliveryState
from models.tables.destinations import SYNTHETIC, Destination
from models.tables.events import Event, EventState
from models.tables.rules import Rule, RuleDestination

NAME: Final = "(Pipenotify's synthetic events)"
EVENT_TYPE: Final = "deal.updated"


@dataclass(frozen=True, slots=True)
class SyntheticState:
    """When a synthetic event last arrived, how many seconds it took, since when the next one is under way.

    `arrived_at` and `seconds` are None before the first arrived, `waiting_since` when all have arrived.
    """

    arrived_at: datetime | None
    seconds: float | None
    waiting_since: datetime | None


def period_of(at: datetime, every: timedelta) -> int:
    """Return the number of the period that a moment is in: each has one synthetic event."""
    return int(at.timestamp() // every.total_seconds())


def store_synthetic(database: Database, at: datetime, every: timedelta) -> bool:
    """Store the event of this period, unless another process has; return whether it was stored now."""
    period = period_of(at, every)
    with database.writing_all() as session:
        tenant_id = _own_tenant(session)
    key = f"{SYNTHETIC}-{every.total_seconds():g}-{period}"
    stored, _ = store_group(database, [Arrival(tenant_id, key, _body(key, at), EventState.NEW, at)])
    return stored > 0


def _own_tenant(session: Session) -> int:
    """Return the id of the internal tenant; create it, with its one rule, where there is none."""
    made = insert_into(session, Tenant).values(name=NAME, is_internal=True, monthly_limit=None)
    new = session.connection().execute(made.on_conflict_do_nothing().returning(Tenant.id)).scalar()
    if new is None:
        return session.scalars(select(Tenant.id).where(Tenant.name == NAME)).one()
    destination = Destination(
        tenant_id=new, kind=SYNTHETIC, name=SYNTHETIC, address=SYNTHETIC, lane=SYNTHETIC
    )
    rule = Rule(tenant_id=new, name=SYNTHETIC, event_types=[EVENT_TYPE])
    session.add_all([destination, rule])
    session.flush()
    session.add(RuleDestination(tenant_id=new, rule_id=rule.id, destination_id=destination.id))
    return int(new)


def _body(key: str, at: datetime) -> bytes:
    """Return a webhook's body as Pipedrive writes it: the title of a deal was changed."""
    moment = at.isoformat(timespec="milliseconds")
    data = {"id": 1, "title": key, "status": "open", "add_time": moment, "update_time": moment}
    meta = {"action": "change", "entity": "deal", "entity_id": "1", "id": key, "timestamp": moment}
    meta |= {"version": "2.0", "company_id": "0"}
    return orjson.dumps({"data": data, "previous": {"title": "the one before"}, "meta": meta})


def read_synthetic(session: Session) -> SyntheticState | None:
    """Return how the synthetic events fare, None where there never was one. The session sees all tenants."""
    tenant_id = session.scalar(select(Tenant.id).where(Tenant.is_internal))
    if tenant_id is None:
        return None
    arrived = session.execute(_last_arrived(tenant_id)).first()
    later = select(Event.received_at).where(Event.tenant_id == tenant_id)
    if arrived is not None:
        later = later.where(Event.id > arrived.event_id)
    waiting_since = session.scalar(later.order_by(Event.id).limit(1))
    if arrived is None:
        return SyntheticState(None, None, waiting_since)
    took = (arrived.finished_at - arrived.received_at).total_seconds()
    return SyntheticState(arrived.finished_at, took, waiting_since)


def _last_arrived(tenant_id: int) -> Any:
    own = (Delivery.tenant_id == tenant_id, Delivery.state == DeliveryState.DELIVERED)
    columns = select(Delivery.event_id, Delivery.finished_at, Event.received_at)
    query = columns.join(Event, (Event.tenant_id == Delivery.tenant_id) & (Event.id == Delivery.event_id))
    return query.where(*own).order_by(Delivery.id.desc()).limit(1)


def find_missing(session: Session, at: datetime, every: timedelta) -> str:
    """Return in words what is wrong with the synthetic events, empty when each arrived in time."""
    state = read_synthetic(session)
    if state is None:
        return ""  # the first is not stored yet
    last = f"; the last one arrived at {state.arrived_at:%Y-%m-%d %H:%M} UTC" if state.arrived_at else ""
    if state.waiting_since is not None and at - state.waiting_since > SYNTHETIC_WITHIN:
        since = f"{state.waiting_since:%Y-%m-%d %H:%M}"
        return f"The synthetic event of {since} UTC has not arrived: cards may not arrive either{last}."
    if state.arrived_at is not None and at - state.arrived_at > every + 2 * SYNTHETIC_WITHIN:
        return f"No synthetic event is stored any more: no worker's clock runs{last}."
    return ""
