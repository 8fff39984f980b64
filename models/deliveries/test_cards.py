"""Test cards that a person asked for: due at once, regardless of quiet hours and quota."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clock import now
from models.deliveries.lanes import mark_due
from models.tables.deliveries import OPEN_STATES, Attempt, AttemptOutcome, Delivery, DeliveryState
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


@dataclass(frozen=True, slots=True)
class CardTestResult:
    """How a test card went so far: `why` it did not arrive, "" where it did or is on its way.

    `http_status` and `took_ms`, milliseconds, are those of the last attempt; None without one.
    """

    state: str
    why: str
    http_status: int | None
    took_ms: int | None

    @property
    def is_tried(self) -> bool:
        """Whether it was sent, refused or given up at least once."""
        return self.took_ms is not None or self.state in (DeliveryState.SKIPPED, DeliveryState.DEAD)


def read_test_result(session: Session, tenant_id: int, delivery_id: int) -> CardTestResult | None:
    """Return how a test card went; None if there is no such delivery any more."""
    mine = (Delivery.tenant_id == tenant_id, Delivery.id == delivery_id)
    delivery = session.execute(select(Delivery.state, Delivery.reason).where(*mine)).first()
    if delivery is None:
        return None
    state, reason = delivery
    of_it = (Attempt.tenant_id == tenant_id, Attempt.delivery_id == delivery_id)
    columns = select(Attempt.outcome, Attempt.http_status, Attempt.took_ms, Attempt.detail)
    last = session.execute(columns.where(*of_it).order_by(Attempt.id.desc()).limit(1)).first()
    why = "" if state == DeliveryState.DELIVERED or reason == BY_HAND else reason
    is_sent_again = last is not None and last.outcome == AttemptOutcome.REFUSED and state in OPEN_STATES
    if last is None or is_sent_again:  # as plain text
        return CardTestResult(state, why, None, None)
    if last.outcome != AttemptOutcome.DELIVERED:
        why = why or last.detail
    return CardTestResult(state, why, last.http_status, last.took_ms)


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
