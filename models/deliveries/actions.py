"""Actions on deliveries, with their audit entries; the same for Chat, pages and programs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.clock import now
from models.deliveries import store
from models.deliveries.replay import PAUSED, REMOVED, REPLAYED, hindrance
from models.deliveries.test_cards import create_test_cards
from models.errors import InvalidRequest, NotFound
from models.security.audit import record
from models.tables.deliveries import Delivery, DeliveryState
from models.tables.destinations import Destination

ONGOING: Final[dict[str, str]] = {
    DeliveryState.DELIVERED: "It has arrived already.",
    DeliveryState.HELD: "Quiet hours hold it; it leaves when they end.",
}
HINDERED: Final = {
    REMOVED: "Its destination was removed, so it can go nowhere.",
    PAUSED: "Its destination is paused. Resume that first: /pipenotify space resume.",
}


def send_test_card(session: Session, actor: Actor, destination: Destination) -> None:
    """Create a test card for one destination, due at once. Raises InvalidRequest for a paused one."""
    if not destination.is_active:
        raise InvalidRequest(user_message="It is paused and hears nothing. Resume it first.")
    create_test_cards(session, destination.tenant_id, [destination])
    record(session, actor, "space.tested", destination.name)


def retry_delivery(session: Session, actor: Actor, number: str) -> int:
    """Send one delivery again, with all that its message coalesces; return how many.

    Raises NotFound, and InvalidRequest if it has arrived, is being sent or cannot be sent.
    """
    number = number.removeprefix("#")
    found = None
    if number.isdecimal() and len(number) <= 18:
        query = select(Delivery.state, Delivery.destination_name, hindrance())
        mine = (Delivery.tenant_id == actor.tenant, Delivery.id == int(number))
        found = session.execute(query.join(Delivery.destination, isouter=True).where(*mine)).first()
    if found is None:
        raise NotFound(
            user_message=f"There is no delivery “{number[:20]}”. /pipenotify log failed shows the numbers."
        )
    state, destination, hindered = found
    if state not in (DeliveryState.DEAD, DeliveryState.SKIPPED):
        raise InvalidRequest(user_message=ONGOING.get(state, "It is on its way already."))
    if hindered:
        raise InvalidRequest(user_message=HINDERED[hindered])
    return retry_deliveries(session, actor, [int(number)], f"delivery {number} to {destination}")


def retry_deliveries(session: Session, actor: Actor, ids: Sequence[int], subject: str) -> int:
    """Send failed deliveries again; return how many, including those that their messages coalesce."""
    again = store.replay(session, actor.tenant, list(ids), now())
    destinations = sorted({delivery.destination_name for delivery in again})
    record(session, actor, REPLAYED, subject, count=len(again), to=destinations)
    return len(again)
