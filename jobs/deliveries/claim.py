"""Claims the messages of leased lanes: decides what is sent, what is coalesced, and what is given up."""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import structlog

from jobs.channels import CHANNELS
from jobs.deliveries.crowded import Crowded, claim_crowded, is_crowded
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.results import release_lane, unsent_update
from jobs.deliveries.retry import DELIVERY_LOSSES_IN_COMPANY, LEASE, MOST_LEASE_LOSSES, blocks_until
from jobs.queue import INTERRUPTIONS
from models.clock import monotonic
from models.database.engine import Database, Session
from models.deliveries import lanes as lane_store
from models.deliveries import store as delivery_store
from models.deliveries.claimed import ClaimedDelivery, read_heads
from models.deliveries.ending import give_up, give_up_destination
from models.deliveries.lanes import ClaimedLane
from models.deliveries.notices import NOTICE
from models.destinations.open_deliveries import REMOVED
from models.destinations.queries import paused_reason
from models.tables.deliveries import DeliveryState
from models.tables.destinations import REMOVED_KIND, is_paused_by_person

FAILED_LANE_RESTS: Final = timedelta(seconds=60)
ONE_BY_ONE_S: Final = 15.0  # half a lease

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ClaimedMessages:
    """What a claim got. `needs_idle`: one delivery is sent only when nothing else is on its way."""

    messages: list[OutgoingMessage]
    needs_idle: bool = False


def claim_messages(
    session: Session,
    lanes: Sequence[ClaimedLane],
    token: str,
    at: datetime,
    *,
    is_idle: bool = True,
    created: AbstractSet[int] = frozenset(),
) -> ClaimedMessages:
    """Claim the message that each of these lanes sends next, and release the lanes that send none now.

    `created` are the deliveries among them that were created under this lease. One that cannot be sent at all
    ends here, dead or skipped. One that may have killed its workers is claimed alone, and only if the process
    `is_idle`, so that nothing else can be to blame or be hurt.
    """
    by_head = {lane.head_id: lane for lane in lanes if lane.head_id is not None}
    idle = [release_lane(lane, None, token) for lane in lanes if lane.head_id is None]
    messages, single, crowded = list[OutgoingMessage](), list[OutgoingMessage](), list[Crowded]()
    heads = read_heads(session, list(by_head), token) if by_head else []
    chosen, has_suspect = _chosen_of(heads, is_idle=is_idle)
    taken = {head.id for head in chosen}
    idle += [release_lane(by_head[head.id], None, token) for head in heads if head.id not in taken]
    _put_back(session, [(by_head[each.id], each) for each in heads if each.id in created - taken], token)
    for head in chosen:
        lane = by_head[head.id]
        if _has_ended(session, head, at):
            idle.append(release_lane(lane, None, token))
        elif head.next_attempt_at > at:
            idle.append(release_lane(lane, blocks_until(head), token))
        elif head.message_key is not None:
            messages.append(_claim_again(session, lane, head, token, at))
        elif head.id not in created and is_crowded(lane, head, at):
            crowded.append((lane, head))
        else:
            single.append(OutgoingMessage(lane, head, [head], 1, token))
    burst = claim_crowded(session, crowded, token, at, _may_be_sent)
    messages += [_claim_again(session, lane, head, token, at) for lane, head in burst.again]
    single += burst.single
    unclaimed = [each.head for each in single if each.head.id not in created]
    delivery_store.claim_heads(session, unclaimed, token, at + LEASE)
    lane_store.release(session, idle + burst.idle)
    return ClaimedMessages(messages + burst.summaries + single, needs_idle=has_suspect and not is_idle)


def claim_one_by_one(
    database: Database, lanes: Sequence[ClaimedLane], token: str, at: datetime, *, is_idle: bool
) -> ClaimedMessages:
    """Claim each lane's message in a transaction of its own; a lane that fails rests, and hurts no other.

    A lane for which there is no time any more is free when its lease runs out.
    """
    until, messages, needs_idle = monotonic() + ONE_BY_ONE_S, list[OutgoingMessage](), False
    for lane in lanes:
        if monotonic() > until:
            break
        try:
            with database.writing_all() as session:
                got = claim_messages(session, [lane], token, at, is_idle=is_idle and not messages)
        except INTERRUPTIONS:
            raise
        except Exception:
            log.exception("lane.failed", tenant_id=lane.tenant_id, lane=lane.lane)
            with database.writing_all() as session:
                lane_store.release(session, [release_lane(lane, at + FAILED_LANE_RESTS, token)])
            continue
        messages += got.messages
        needs_idle |= got.needs_idle
        if any(message.is_alone for message in got.messages):
            break
    return ClaimedMessages(messages, needs_idle)


def _chosen_of(heads: Sequence[ClaimedDelivery], *, is_idle: bool) -> tuple[Sequence[ClaimedDelivery], bool]:
    """Return the heads to be sent now, and whether one is among all of them that may have killed workers."""
    suspects = {
        head.id: head
        for head in heads
        if head.losses >= DELIVERY_LOSSES_IN_COMPANY and not _why_never_sent(head)
    }
    if suspects and is_idle:
        return list(suspects.values())[:1], True
    return [head for head in heads if head.id not in suspects], bool(suspects)


def _has_ended(session: Session, head: ClaimedDelivery, at: datetime) -> bool:
    """End a delivery that cannot be sent; with all others to its destination, if that gets nothing."""
    if end := _why_never_sent(head):
        give_up(session, head, *end, at)
    elif end := _why_destination_gets_nothing(head):
        give_up(session, head, *end, at)
        give_up_destination(session, head, *end, at)
    return end is not None


def _put_back(session: Session, created: Sequence[tuple[ClaimedLane, ClaimedDelivery]], token: str) -> None:
    """Let deliveries wait that were created under this lease, while another one is sent alone."""
    unsent = [OutgoingMessage(lane, head, [head], 1, token) for lane, head in created]
    delivery_store.finish(session, [unsent_update(message) for message in unsent])


def _claim_again(
    session: Session, lane: ClaimedLane, head: ClaimedDelivery, token: str, at: datetime
) -> OutgoingMessage:
    """Claim a message that is sent again: what it coalesces never changes."""
    message = OutgoingMessage(lane, head, [head], 1, token)
    delivery_store.claim_heads(session, [head], token, at + LEASE)
    message.count = max(1, delivery_store.count_coalesced(session, head.tenant_id, head.message_key or ""))
    return message


def _why_never_sent(head: ClaimedDelivery) -> tuple[str, str] | None:
    """Return the end state and the reason of a delivery that cannot be sent at all; None when it can."""
    if head.losses >= DELIVERY_LOSSES_IN_COMPANY + MOST_LEASE_LOSSES:
        return DeliveryState.DEAD, "the worker died over it three times"
    if head.kind not in (None, REMOVED_KIND, *CHANNELS):
        return DeliveryState.DEAD, f"no channel for {head.kind}"
    return None


def _may_be_sent(head: ClaimedDelivery) -> bool:
    is_suspect = head.losses >= DELIVERY_LOSSES_IN_COMPANY  # it goes alone, once it is the head of its lane
    return not (_why_never_sent(head) or _why_destination_gets_nothing(head) or is_suspect)


def _why_destination_gets_nothing(head: ClaimedDelivery) -> tuple[str, str] | None:
    """Return how all deliveries to a destination end that is removed or paused; None when it gets them.

    A destination that Chat refused leaves dead deliveries, which can be replayed; one that a person paused
    leaves skipped ones.
    """
    if head.kind in (None, REMOVED_KIND):
        return DeliveryState.SKIPPED, REMOVED
    if not head.is_active and not _passes_pause(head):
        state = DeliveryState.SKIPPED if is_paused_by_person(head.paused_because) else DeliveryState.DEAD
        return state, paused_reason(head.paused_because)
    return None


def _passes_pause(head: ClaimedDelivery) -> bool:
    """Whether this is a notice to an admin, which is sent even though the admin paused direct messages."""
    return head.event_type == NOTICE and head.kind == "chat_dm" and is_paused_by_person(head.paused_because)
