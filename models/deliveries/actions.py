"""Actions on deliveries, with their audit entries; the same for Chat, pages and programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.clock import now
from models.deliveries import store
from models.deliveries.notices import Notice, notify_admins
from models.deliveries.replay import (
    BATCH,
    PAUSED,
    REPLAYED,
    ReplayFilter,
    count_left_out,
    find_replayable,
    replay_obstacle,
)
from models.deliveries.test_cards import create_test_cards
from models.destinations.actions import note_membership
from models.destinations.removal import REMOVED
from models.errors import InvalidRequest, NotFound
from models.security.audit import record
from models.tables.deliveries import Delivery, DeliveryState
from models.tables.destinations import Destination

NOT_ENDED: Final[dict[str, str]] = {
    DeliveryState.DELIVERED: "It has arrived already.",
    DeliveryState.HELD: "Quiet hours hold it; it leaves when they end.",
}
OBSTACLE_TEXTS: Final = {
    REMOVED: "Its destination was removed, so it can go nowhere.",
    PAUSED: "Its destination is paused. Resume that first: /pipenotify space resume.",
}


@dataclass(frozen=True, slots=True)
class RetriedBatch:
    """How many failed deliveries are sent again, how many cannot be, by reason; `may_continue`: more failed.

    `count` includes the deliveries that the same messages coalesce.
    """

    count: int
    left_out: Counter[str]
    may_continue: bool


def send_test_card(session: Session, actor: Actor, destination: Destination) -> None:
    """Create a test card for one destination, due at once. Raises InvalidRequest for a paused one."""
    if not destination.is_active:
        raise InvalidRequest(user_message="It is paused and hears nothing. Resume it first.")
    create_test_cards(session, destination.tenant_id, [destination])
    record(session, actor, "space.tested", destination.name)


def retry_delivery(session: Session, actor: Actor, number: str) -> int:
    """Send one delivery again, with all that its message coalesces; return how many are sent.

    Raises NotFound, and InvalidRequest for one that has arrived, is on its way or cannot be sent.
    """
    number = number.removeprefix("#")
    found = None
    if number.isdecimal() and len(number) <= 18:
        query = select(Delivery.state, Delivery.destination_name, replay_obstacle())
        mine = (Delivery.tenant_id == actor.tenant, Delivery.id == int(number))
        found = session.execute(query.join(Delivery.destination, isouter=True).where(*mine)).first()
    if found is None:
        raise NotFound(
            user_message=f"There is no delivery “{number[:20]}”. /pipenotify log failed shows the numbers."
        )
    state, destination_name, obstacle = found
    if state not in (DeliveryState.DEAD, DeliveryState.SKIPPED):
        raise InvalidRequest(user_message=NOT_ENDED.get(state, "It is on its way already."))
    if obstacle:
        raise InvalidRequest(user_message=OBSTACLE_TEXTS[obstacle])
    return _retry(session, actor, [int(number)], f"delivery {number} to {destination_name}")


def retry_failed(session: Session, actor: Actor) -> RetriedBatch:
    """Send failed deliveries again, the oldest first, one batch of them."""
    failed = ReplayFilter()
    ids = find_replayable(session, actor.tenant, failed, BATCH)
    left_out = count_left_out(session, actor.tenant, failed)
    count = _retry(session, actor, ids, "all that failed") if ids else 0
    return RetriedBatch(count, left_out, may_continue=len(ids) == BATCH)


def _retry(session: Session, actor: Actor, ids: Sequence[int], subject: str) -> int:
    replayed = store.replay(session, actor.tenant, ids, now())
    destinations = sorted({delivery.destination_name for delivery in replayed})
    record(session, actor, REPLAYED, subject, count=len(replayed), to=destinations)
    return len(replayed)


def leave_space(session: Session, actor: Actor, space_name: str) -> None:
    """Pause the destinations of a space that the app was removed from, and notify the tenant's admins.

    Nothing happens for a space that is not linked, or that the app had left before.
    """
    space = note_membership(session, actor, space_name, is_member=False)
    if space is not None:
        notify_admins(session, actor.tenant, _removal_notice(space.title or space.name))


def _removal_notice(title: str) -> Notice:
    text = (
        "Its cards fail until somebody adds Pipenotify to the space again. /pipenotify retry failed then"
        " sends what was missed. If it is to stay away, say /pipenotify space remove and its name."
    )
    return Notice(f"Pipenotify was removed from {title[:100]}", text)
