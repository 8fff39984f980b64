"""What an installation is found to be like, and dead letters of its teams."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.operating.finding import NOTE, OK, WRONG, Finding
from models.tables import Delivery
from models.tables.deliveries import DeliveryState
from models.tables.destinations import Destination

FINDINGS: Final = (
    Finding("database", OK, "revision 0047"),
    Finding("disk", NOTE, "it fills"),
    Finding("workers", WRONG, "none runs <b>now</b>"),
)


def add_dead(database: Database, tenant_id: int, count: int, **columns: object) -> None:
    with database.writing(tenant_id) as session:
        place = session.scalars(select(Destination).where(Destination.tenant_id == tenant_id)).first()
        assert place is not None
        for _ in range(count):
            session.add(
                Delivery(
                    tenant_id=tenant_id,
                    destination_id=place.id,
                    destination_name=place.name,
                    rule_name="Wins",
                    lane=place.lane,
                    state=DeliveryState.DEAD,
                    reason="404",
                    finished_at=now(),
                    **columns,
                )
            )


def states_of(database: Database, tenant_id: int) -> list[str]:
    with database.reading(tenant_id) as session:
        return list(session.scalars(select(Delivery.state).where(Delivery.tenant_id == tenant_id)))
