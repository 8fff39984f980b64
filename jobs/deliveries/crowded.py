"""Claims what lanes send where more waits than goes one by one: urgent, to be tried again, or a summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.results import release_lane
from jobs.deliveries.retry import LEASE, blocks_until
from models.database.engine import Session
from models.deliveries import store as delivery_store
from models.deliveries.bursts.before import first_of_lanes
from models.deliveries.bursts.waiting import is_in_burst, next_summary, read_waiting
from models.deliveries.claimed import ClaimedDelivery, read_heads
from models.deliveries.lanes import ClaimedLane
from models.deliveries.store import COALESCE_ABOVE

Crowded = tuple[ClaimedLane, ClaimedDelivery]  # a lane, and the delivery that is the first there

LOOK_AGAIN: Final = timedelta(seconds=0.5)  # at what waits in a lane, though more comes before


@dataclass(slots=True)
class CrowdedClaim:
    """What crowded lanes send.

    `summaries` are claimed; `single` are messages of one delivery that are still to be claimed, and `again`
    heads of messages that were tried before; `idle` are the rows that release the lanes which send nothing
    yet.
    """

    again: list[Crowded] = field(default_factory=list)
    summaries: list[OutgoingMessage] = field(default_factory=list)
    single: list[OutgoingMessage] = field(default_factory=list)
    idle: list[dict[str, Any]] = field(default_factory=list)


def is_crowded(lane: ClaimedLane, head: ClaimedDelivery, at: datetime) -> bool:
    """Whether more waits in a lane than goes one by one, or a burst goes on there or begins: a bulk edit."""
    is_ordinary = not head.is_urgent and not head.is_test and head.notice is None
    return is_ordinary and (
        lane.due > COALESCE_ABOVE or is_in_burst(lane.folded_at, at) or head.is_bulk is True
    )


def claim_crowded(
    session: Session,
    crowded: Sequence[Crowded],
    token: str,
    at: datetime,
    may_be_sent: Callable[[ClaimedDelivery], bool],
) -> CrowdedClaim:
    """Choose what each crowded lane sends: what is urgent at once, else a summary, now or a little later.

    What was tried and is to go again goes before the next of its kind, since that may show a later state of
    the same object. `may_be_sent` says of a delivery that nothing keeps it back.
    """
    claim = CrowdedClaim()
    first = (
        first_of_lanes(session, [(lane.tenant_id, lane.lane) for lane, _ in crowded], at) if crowded else []
    )
    found = [each for each in read_heads(session, first) if may_be_sent(each)] if first else []
    alone = {(each.tenant_id, each.lane): each for each in found if each.is_urgent or each.is_test}
    tried = {(each.tenant_id, each.lane): each for each in found if not (each.is_urgent or each.is_test)}
    for lane, head in crowded:
        urgent, again = (firsts.get((lane.tenant_id, lane.lane)) for firsts in (alone, tried))
        if urgent is not None and urgent.next_attempt_at <= at:
            claim.single.append(OutgoingMessage(lane, urgent, [urgent], 1, token))
        elif again is None:
            _claim_next(session, lane, head, token, at, claim)
        elif again.next_attempt_at <= at:
            claim.again.append((lane, again))
        else:
            until = min(blocks_until(each) for each in (urgent, again) if each is not None)
            claim.idle.append(release_lane(lane, until, token))
    return claim


def _claim_next(
    session: Session, lane: ClaimedLane, head: ClaimedDelivery, token: str, at: datetime, claim: CrowdedClaim
) -> None:
    waiting = read_waiting(session, head, at)
    chosen = next_summary(waiting, lane.folded_at, at)
    if chosen.not_before is not None:
        claim.idle.append(release_lane(lane, chosen.not_before, token, at + LOOK_AGAIN))
        return
    if len(waiting) <= COALESCE_ABOVE:
        claim.single.append(OutgoingMessage(lane, head, [head], 1, token))
        return
    if chosen.ids is not None and head.id not in chosen.ids:
        (head,) = read_heads(session, chosen.ids[:1])  # the oldest of those that are shown
    message = OutgoingMessage(lane, head, [head], 1, token)
    message.count = delivery_store.coalesce(session, head, token, at, at + LEASE, chosen.ids)
    claim.summaries.append(message)
