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
    """What is tested: a rule with an event, or a destination alone."""

    rule_id: int | None = None
    rule_name: str = ""
    event_id: int | None = None
    event_type: str = ""


ALONE: Final = CardTest()


def create_test_cards(
    session: Session, tenant_id: int, places: Sequence[Destination], test_card: CardTest = ALONE
) -> list[Delivery]:
    """Create a test card for each of these destinations and return them; then the engine must be woken."""
    made = [
        Delivery(
            tenant_id=tenant_id,
            event_id=test_card.event_id,
            rule_id=test_card.rule_id,
            destination_id=place.id,
            rule_name=test_card.rule_name,
            destination_name=place.name,
            event_type=test_card.event_type,
            lane=place.lane,
            is_test=True,
            reason=BY_HAND,
        )
        for place in places
    ]
    session.add_all(made)
    session.flush()
    mark_due(session, [(tenant_id, place.lane, now()) for place in places])
    return made
