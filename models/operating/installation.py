"""What an operator asks about all tenants: who has how many dead letters."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from models.tables.accounts import Tenant
from models.tables.deliveries import Delivery, DeliveryState

MOST_COUNTED: Final = 10_000  # dead letters of all tenants together, so that no scan grows
MOST_TENANTS: Final = 20


def count_dead(session: Session) -> Sequence[tuple[int, str, int]]:
    """Return the tenants with most dead letters: id, name, how many. The session sees all tenants."""
    dead = select(Delivery.tenant_id).where(Delivery.state == DeliveryState.DEAD)
    some = dead.limit(MOST_COUNTED).subquery()
    counted = func.count().label("counted")
    query = select(Tenant.id, Tenant.name, counted).join(some, some.c.tenant_id == Tenant.id)
    query = query.where(~Tenant.is_internal)
    found = query.group_by(Tenant.id, Tenant.name).order_by(counted.desc(), Tenant.name).limit(MOST_TENANTS)
    return [(tenant_id, name, count) for tenant_id, name, count in session.execute(found)]
