"""Deliveries of two tenants in every state, for tests of the log."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import select

from models.database.engine import Database
from models.rules.sample_event import made_up_body
from models.tables import Delivery, Destination, Event, Rule
from tests.models.ended import deliveries, end


def create_deliveries(
    database: Database, tenant_id: int, count: int = 1, *, has_destination: bool = True, **columns: Any
) -> None:
    """Create dead deliveries of the tenant's rule to its space, unless columns say otherwise."""
    with database.reading(tenant_id) as session:
        rule = session.scalars(select(Rule).where(Rule.tenant_id == tenant_id)).one()
        to = session.scalars(select(Destination).where(Destination.tenant_id == tenant_id)).one()
    usual = {"rule_id": rule.id, "rule_name": rule.name, "event_type": "deal.won"}
    end(database, tenant_id, to if has_destination else None, count, **(usual | columns))


def event_of(database: Database, tenant_id: int, **fields: Any) -> int:
    """Store a won deal and return its id."""
    body = made_up_body("deal.won")
    body["data"] |= fields
    with database.writing(tenant_id) as session:
        made = Event(tenant_id=tenant_id, source_key=str(fields), raw=orjson.dumps(body), state="done")
        session.add(made)
        session.flush()
        return made.id


def only_delivery(database: Database, tenant_id: int) -> Delivery:
    (found,) = deliveries(database, tenant_id)
    return found


def pause_destination(database: Database, tenant_id: int) -> None:
    with database.writing(tenant_id) as session:
        session.scalars(select(Destination).where(Destination.tenant_id == tenant_id)).one().is_active = False
