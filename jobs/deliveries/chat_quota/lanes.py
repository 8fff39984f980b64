"""Claims lanes as far as the quota of writes to Chat goes; what goes elsewhere needs none of it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from jobs.deliveries.chat_quota.share import QuotaShare
from jobs.deliveries.message import OutgoingMessage
from models.database.engine import Session
from models.deliveries import lanes as lane_store
from models.deliveries.chat_quota.lanes import choose_either, choose_without, next_due_without
from models.deliveries.lanes import ClaimedLane

LaneKey = tuple[int, str]  # a tenant and the name of its lane


@dataclass(frozen=True, slots=True)
class LanesWanted:
    """Up to `limit` lanes to be leased under `token` until a time, tenants in turn after one.

    `granted` writes of the quota are at hand; for `waits` see `project.take`.
    """

    token: str
    until: datetime
    limit: int
    granted: int
    after: int
    waits: bool = True


def next_due(session: Session, share: QuotaShare, at: datetime) -> datetime | None:
    """Return when to claim again: when a lane is due, or the quota is back for those that need it."""
    back_at = share.back_at(at)
    if back_at is None:
        return lane_store.next_due(session)
    without = next_due_without(session)
    return back_at if without is None else min(without, back_at)


def claim_lanes(
    session: Session, share: QuotaShare, at: datetime, wanted: LanesWanted
) -> tuple[list[ClaimedLane], int]:
    """Lease lanes that are due; return them, and how many writes were taken beyond those at hand."""
    kept = share.take_kept(wanted.limit - wanted.granted, at)
    wanted = replace(wanted, granted=wanted.granted + kept)
    if wanted.granted >= wanted.limit:
        chosen, taken = lane_store.choose(session, at, wanted.limit, wanted.after), 0
    elif not wanted.granted and share.back_at(at) is not None:
        chosen, taken = choose_without(session, at, wanted.limit, wanted.after), 0
    else:
        chosen, taken = _choose_affordable(session, share, at, wanted)
    return lane_store.claim_chosen(session, wanted.token, at, wanted.until, chosen), kept + taken


def _choose_affordable(
    session: Session, share: QuotaShare, at: datetime, wanted: LanesWanted
) -> tuple[list[LaneKey], int]:
    chosen, need = choose_either(session, at, wanted.limit, wanted.after)
    missing = len(need.intersection(chosen)) - wanted.granted
    taken = share.take(session, missing, at, waits=wanted.waits) if missing > 0 else 0
    affordable = list(_affordable(chosen, need, wanted.granted + taken))
    if missing > taken and len(chosen) == wanted.limit:  # others may be due behind those that wait for quota
        known = set(chosen)
        further = choose_without(session, at, wanted.limit, wanted.after)
        affordable += [each for each in further if each not in known][: wanted.limit - len(affordable)]
    return affordable, taken


def _affordable(chosen: Sequence[LaneKey], need: Collection[LaneKey], granted: int) -> Iterator[LaneKey]:
    """Yield lanes in their order, no more that need quota than was granted."""
    for each in chosen:
        if each in need:
            granted -= 1
        if each not in need or granted >= 0:
            yield each


def served_last(
    lanes: Sequence[ClaimedLane], messages: Sequence[OutgoingMessage], used: Sequence[OutgoingMessage]
) -> int | None:
    """Return the tenant behind which the next claim begins: the last one that got a write of the quota.

    `used` are the messages that did. Where all did, it is the tenant of the last lane; None if none did.
    """
    if len(used) == len(messages):
        return lanes[-1].tenant_id if lanes else None
    served = {(each.lane.tenant_id, each.lane.lane) for each in used}
    return next((each.tenant_id for each in reversed(lanes) if (each.tenant_id, each.lane) in served), None)
