"""Where no card arrives now though no person wants that: what every summary of a tenant has to say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.destinations.health import failing_of
from models.tables.destinations import PAUSED_BY, Destination, Space

MOST: Final = 100


@dataclass(frozen=True, slots=True)
class NotArriving:
    """A destination where nothing arrives; `title` is what people call it.

    `is_paused`: it refused us for good, so a person has to resume it. Else its breaker is open or half-open.
    """

    id: int
    title: str
    is_paused: bool


def not_arriving(session: Session, tenant_id: int) -> list[NotArriving]:
    """Return where no card arrives now, those that refused us first, up to 100 of both.

    One that a person paused is as they want it.
    """
    refused = (Destination.is_active.is_(False), Destination.paused_because.not_like(f"{PAUSED_BY}%"))
    failing = [each.destination_id for each in failing_of(session, tenant_id)[:MOST]]
    query = select(Destination.id, Destination.name, Space.title).join(Destination.space, isouter=True)
    query = query.where(Destination.tenant_id == tenant_id)
    paused = session.execute(query.where(*refused).order_by(Destination.id).limit(MOST)).all()
    failed = {row[0]: row for row in session.execute(query.where(Destination.id.in_(failing)))}
    ordered = [failed[each] for each in failing if each in failed]
    return [
        NotArriving(number, title or name, is_paused)
        for rows, is_paused in ((paused, True), (ordered, False))
        for number, name, title in rows
    ]
