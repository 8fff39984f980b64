"""What is read of deliveries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.deliveries.replay import hindrance
from models.tables.deliveries import Delivery, DeliveryState
from models.tables.events import Event

LogEntry = tuple[Delivery, bytes | None, str]  # with the body of its event, and why it cannot go again


def read_log(
    session: Session,
    tenant_id: int,
    *,
    state: DeliveryState | None = None,
    rule_id: int | None = None,
    offset: int = 0,
    limit: int,
) -> Sequence[LogEntry]:
    """Return a tenant's deliveries, newest first."""
    query = (
        select(Delivery)
        .join(Delivery.event, isouter=True)
        .join(Delivery.destination, isouter=True)
        .add_columns(Event.raw, hindrance())
        .where(Delivery.tenant_id == tenant_id)
    )
    if state is not None:
        query = query.where(Delivery.state == state)
    if rule_id is not None:
        query = query.where(Delivery.rule_id == rule_id)
    rows: Any = session.execute(query.order_by(Delivery.id.desc()).offset(offset).limit(limit))
    return [tuple(row) for row in rows]
