"""Deliveries that quiet hours hold, with what decides until when."""

from __future__ import annotations

from typing import Final

from sqlalchemy import literal_column, select
from sqlalchemy.orm import Session

from models.rules.ruleset import RulesetDestination
from models.tables.accounts import User
from models.tables.deliveries import Delivery, DeliveryState
from models.tables.destinations import Destination

# Written out as a literal, so that the planner uses the index of open deliveries.
IS_HELD: Final = Delivery.state == literal_column(f"'{DeliveryState.HELD}'")


def tenants_with_held(session: Session) -> list[int]:
    """Return the tenants that have held deliveries. The session sees all tenants."""
    return list(session.scalars(select(Delivery.tenant_id).where(IS_HELD).distinct()))


def read_held(session: Session, tenant_id: int) -> list[tuple[Delivery, RulesetDestination]]:
    """Return a tenant's held deliveries, each with its destination as the ruleset knows it."""
    query = (
        select(Delivery, Destination.name, Destination.kind, Destination.space_id, User.id)
        .join(Delivery.destination)
        .join(Destination.user, isouter=True)
        .where(Delivery.tenant_id == tenant_id, IS_HELD)
    )
    return [
        (
            delivery,
            RulesetDestination(delivery.destination_id or 0, name, kind, delivery.lane, space_id, user_id),
        )
        for delivery, name, kind, space_id, user_id in session.execute(query)
    ]
