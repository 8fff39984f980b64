"""Claims what lanes send where more waits than goes one by one: what is urgent, or the next summary."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.results import release_lane
from jobs.deliveries.retry import LEASE
from models.database.engine import Session
from models.deliveries import store as delivery_store
from models.deliveries.bursts.waiting import first_alone, is_in_burst, next_summary, read_waiting
from models.deliveries.claimed import ClaimedDelivery, read_heads
from models.deliveries.lanes import ClaimedLane
from models.deliveries.store import COALESCE_ABOVE

Crowded = tuple[ClaimedLane, ClaimedDelivery]  # a lane, and the delivery that is the first there

LOOK_AGAIN: Final = timedelta(seconds=0.5)  # at what waits in a lane, though more comes before


@dataclass(slots=True)
class CrowdedClaim:
    """What crowded lanes send.

    `summaries` are claimed; `single` are messages of one delivery that are still to be claimed; `idle` are
    the rows that release the lanes which send nothing yet.
    """

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

    `may_be_sent` says of an urgent delivery that nothing keeps it back.
    """
    claim = CrowdedClaim()
    urgent = first_alone(session, [(lane.tenant_id, lane.lane) for lane, _ in crowded], at) if crowded else []
    found = [each for each in read_heads(session, urgent) if may_be_sent(each)] if urgent else []
    alone = {(each.tenant_id, each.lane): each for each in found}
    for lane, head in crowded:
        if first := alone.get((lane.tenant_id, lane.lane)):
            claim.single.append(OutgoingMessage(lane, first, [first], 1, token))
        else:
            _claim_next(session, lane, head, token, at, claim)
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
