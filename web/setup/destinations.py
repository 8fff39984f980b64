"""What the setup page shows of destinations: linked spaces, and the state of the newest test card."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.text.format import clean
from models.database.engine import Session
from models.deliveries.queries import has_delivered, newest_test_card
from models.deliveries.reasons import plain_reason
from models.destinations.health import failing_of
from models.destinations.queries import list_linked_spaces
from models.tables.deliveries import DeliveryState

NEWEST_DELIVERIES: Final = 1000  # deliveries; an older test card shows nothing about the present
MOST_SPACES: Final = 50
STATE_TEXTS: Final[dict[str, str]] = {
    DeliveryState.PENDING: "Waiting to be sent",
    DeliveryState.SENDING: "Being sent",
    DeliveryState.HELD: "Held by quiet hours",
    DeliveryState.DELIVERED: "Sent",
    DeliveryState.SKIPPED: "Not sent",
    DeliveryState.DEAD: "Refused",
}


@dataclass(frozen=True, slots=True)
class LinkedSpace:
    """A linked space as a destination; `paused` is why nothing is sent there, empty when it is active.

    `failing` is why cards do not arrive for now, empty while they do.
    """

    id: int
    name: str
    title: str
    paused: str
    failing: str
    since: datetime


@dataclass(frozen=True, slots=True)
class CardTestStatus:
    """The newest test card: where it was sent, its state, and the reason where it did not arrive."""

    id: int
    where: str
    state: str
    reason: str
    attempts: int
    at: datetime

    @property
    def words(self) -> str:
        if self.state == DeliveryState.PENDING and self.attempts:
            return "Not sent yet, tried again soon"
        return STATE_TEXTS.get(self.state, self.state)

    @property
    def is_open(self) -> bool:
        return self.state in (DeliveryState.PENDING, DeliveryState.SENDING, DeliveryState.HELD)


@dataclass(frozen=True, slots=True)
class LinkedSpaces:
    """A tenant's linked spaces, oldest first; `has_sent`: a card, test or not, has arrived."""

    spaces: tuple[LinkedSpace, ...] = ()
    card: CardTestStatus | None = None
    has_sent: bool = False

    @property
    def is_proven(self) -> bool:
        """Whether a card arrived, and no later test card failed."""
        return self.has_sent and (
            self.card is None or self.card.state not in (DeliveryState.DEAD, DeliveryState.SKIPPED)
        )


def read_linked_spaces(session: Session, tenant_id: int) -> LinkedSpaces:
    spaces = _space_rows(session, tenant_id)
    has_sent = has_delivered(session, tenant_id)
    titles = {destination.name: destination.title for destination in spaces}
    return LinkedSpaces(spaces, _test_card_status(session, tenant_id, titles), has_sent)


def _space_rows(session: Session, tenant_id: int) -> tuple[LinkedSpace, ...]:
    failing = {each.destination_id: plain_reason(each.error) for each in failing_of(session, tenant_id)}
    return tuple(
        LinkedSpace(
            destination.id,
            destination.name,
            clean(title) or destination.name,
            "" if destination.is_active else plain_reason(destination.paused_because or "paused by a person"),
            failing.get(destination.id, ""),
            destination.created_at,
        )
        for destination, title in list_linked_spaces(session, tenant_id, MOST_SPACES)
    )


def _test_card_status(session: Session, tenant_id: int, titles: dict[str, str]) -> CardTestStatus | None:
    found = newest_test_card(session, tenant_id, among=NEWEST_DELIVERIES)
    if found is None:
        return None
    where = titles.get(found.destination_name, found.destination_name)
    reason = (
        ""
        if found.state == DeliveryState.DELIVERED or found.reason == "test"
        else plain_reason(found.reason)[:200]
    )
    at = found.finished_at or found.created_at
    return CardTestStatus(found.id, where, found.state, reason, found.attempts, at)
