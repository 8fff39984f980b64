"""Test cards that a person asked for: due at once, regardless of quiet hours and quota."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy.orm import Session

from models.clock import now
from models.deliveries.lanes import mark_due
from models.tables.deliveries import Delivery
from models.tables.destinations import Destination

BY_HAND: Final = "test"  # the reason of a delivery that a person asked for


@dataclass(frozen=True, slots=True)
class CardTest:
    """What is tested: a rule with an event, or only a destination."""

    rule_id: int | None = None
    rule_name: str = ""
    event_id: int | None = None
    event_type: str = ""


DESTINATION_ONLY: Final = CardTest()


def create_test_cards(
    session: Session,
    tenant_id: int,
    destinations: Sequence[Destination],
    test_card: CardTest = DESTINATION_ONLY,
) -> list[Delivery]:
    """Create a test card for each of these destinations, due at once; the caller has to wake the worker."""
    deliveries = [
        Delivery(
            tenant_id=tenant_id,
            event_id=test_card.event_id,
            rule_id=test_card.rule_id,
            destination_id=destination.id,
            rule_name=test_card.rule_name,
            destination_name=destination.name,
            event_type=test_card.event_type,
            lane=destination.lane,
            is_test=True,
            reason=BY_HAND,
        )
        for destination in destinations
    ]
    session.add_all(deliveries)
    session.flush()
    mark_due(session, [(tenant_id, destination.lane, now()) for destination in destinations])
    return deliveries
