"""Claims messages, sends them through their channels and stores the results."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bot.cards.actions import IN_CHAT
from jobs.channels import ChatClients
from jobs.deliveries import breakers, pause_destinations
from jobs.deliveries.chat_quota.lanes import LanesWanted, claim_lanes, next_due, served_last
from jobs.deliveries.chat_quota.share import QuotaShare
from jobs.deliveries.claim import ClaimedMessages, claim_messages, claim_one_by_one
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.parts import is_database_away, work_in_parts
from jobs.deliveries.prepare import Preparation
from jobs.deliveries.results import (
    SendResult,
    attempt_row,
    copy_row,
    delivery_update,
    is_counted,
    is_lost,
    lane_update,
    log_fields,
    log_result,
    measure_result,
    owes_line,
    release_lane,
    unsent_update,
)
from jobs.deliveries.retry import LEASE
from jobs.deliveries.send import Sender
from jobs.queue import INTERRUPTIONS
from models.card_actions.copies import record_copies
from models.chance import new_id
from models.clock import now
from models.database.engine import Database, Session
from models.deliveries import lanes as lane_store
from models.deliveries import store as delivery_store
from models.deliveries.claimed import ClaimedDelivery
from models.deliveries.lanes import ClaimedLane
from models.deliveries.thread_lines import mark_lines_due
from models.events.day_usage import add_usage
from models.security.vault import Vault
from models.settings import Settings
from models.tables.deliveries import DeliveryState

FRUITLESS_NAP: Final = timedelta(milliseconds=20)  # another tenant writes in the same space

# Creates deliveries at a time, so many of them leased under a token at most, tenants in turn after one.
CreateLeased = Callable[[Session, str, datetime, int, int], list[ClaimedLane]]
StoredResult = tuple[SendResult, dict[str, Any]]  # a result, and the new values of its deliveries

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ToCreate:
    """What creates new deliveries, and whether any of them may need the quota of writes to Chat."""

    create: CreateLeased
    needs_quota: bool


@dataclass(frozen=True, slots=True)
class ClaimedBatch:
    """What a claim at some time leased: how many writes the quota granted, the lanes, their messages.

    `next_due` is when to claim again.
    """

    at: datetime
    granted: int
    lanes: Sequence[ClaimedLane]
    got: ClaimedMessages
    next_due: datetime | None


class Deliver:
    """Claims, sends and finishes messages; one for each process that drains."""

    def __init__(
        self,
        settings: Settings,
        database: Database,
        vault: Vault,
        preparation: Preparation,
        clients: ChatClients,
    ) -> None:
        self._database = database
        self._preparation = preparation
        self._quota_share = QuotaShare(settings.chat_project_writes_per_minute)
        self.next_due: datetime | None = None
        self.needs_idle = False
        self._last_tenant = 0  # served last: the next claim begins behind it
        self._pace = timedelta(seconds=1 / settings.chat_space_writes_per_second)
        self.sender = Sender(settings, vault, clients)
        self.send = self.sender.send

    def claim(self, limit: int, *, expected: bool = False, is_idle: bool = True) -> list[OutgoingMessage]:
        """Claim up to `limit` messages that may be sent now, each with the sole right to write in its space.

        Unless some are `expected`, a read decides whether to take the write lock at all. Afterwards
        `next_due` is when to claim again, and `needs_idle` whether first everything on its way should end;
        `is_idle` says that nothing is.
        """
        if not expected and not self._is_due():
            return []
        return self.prepared(self._claim_due(limit, is_idle=is_idle))

    def claim_in(
        self,
        session: Session,
        limit: int,
        *,
        is_idle: bool,
        to_create: ToCreate | None = None,
        has_locked_lanes: bool = False,
    ) -> ClaimedBatch:
        """Claim as `claim` does, within a transaction; after its commit `prepared` is called.

        `to_create` makes new deliveries first, some of which are claimed as they are created.
        """
        token, at, share = new_id(), now(), self._quota_share
        lanes, granted, used = list[ClaimedLane](), 0, 0
        if to_create is not None and to_create.needs_quota:
            granted = share.take(session, limit, at, waits=not has_locked_lanes)
            lanes = self._create(session, to_create.create, token, at, granted)
            used = len(lanes)
        elif to_create is not None:
            lanes = self._create(session, to_create.create, token, at, limit)
        created = {lane.head_id for lane in lanes if lane.head_id is not None}
        due_at, was_due = next_due(session, share, at), False
        if len(lanes) < limit and due_at is not None and due_at <= at:
            waits, was_due = to_create is None and not has_locked_lanes, True
            wanted = self._wanted(token, at, limit - len(lanes), granted - used, waits=waits)
            found, taken = claim_lanes(session, share, at, wanted)
            lanes, granted = lanes + found, granted + taken
        got = claim_messages(session, lanes, token, at, is_idle=is_idle, created=created)
        if was_due or len(got.messages) < len(lanes):
            is_full = len(lanes) == limit or 0 < granted <= len(lanes)
            due_at = at if is_full else next_due(session, share, at)
        return ClaimedBatch(at, granted, lanes, got, due_at)

    def _create(
        self, session: Session, create: CreateLeased, token: str, at: datetime, most: int
    ) -> list[ClaimedLane]:
        """Create deliveries and lease what may be sent at once; what has waited in other lanes goes first."""
        has_waiting = most > 0 and self.next_due is not None and self.next_due <= at
        room = most - (lane_store.count_due(session, at, most) if has_waiting else 0)
        return create(session, token, at, room, self._last_tenant)

    def _wanted(
        self, token: str, at: datetime, limit: int, granted: int = 0, *, waits: bool = True
    ) -> LanesWanted:
        return LanesWanted(token, at + LEASE, limit, granted, self._last_tenant, waits)

    def prepared(self, claimed: ClaimedBatch) -> list[OutgoingMessage]:
        """Return what was claimed, ready to be sent; what is not to be sent now is given back."""
        messages = claimed.got.messages
        self.needs_idle = claimed.got.needs_idle
        used = [each for each in messages if _costs_quota(each.head)]
        self._quota_share.give_back(claimed.granted - len(used))
        self._last_tenant = served_last(claimed.lanes, messages, used) or self._last_tenant
        self.next_due = claimed.next_due
        if not messages and self.next_due is not None and self.next_due <= claimed.at:
            self.next_due = claimed.at + FRUITLESS_NAP
        late = self._preparation.prepare(messages)
        self.give_back(late)
        if any(message.is_outdated for message in late):
            self.next_due = claimed.at  # what waits behind it may be sent at once
        return [message for message in messages if message not in late]

    def look(self, session: Session) -> bool:
        """Read when the next message may be sent; return whether it may be now."""
        at = now()
        self.next_due = next_due(session, self._quota_share, at)
        return self.next_due is not None and self.next_due <= at

    def _is_due(self) -> bool:
        with self._database.reading_all() as session:
            return self.look(session)

    def _claim_due(self, limit: int, *, is_idle: bool) -> ClaimedBatch:
        """Claim in one transaction; where something in it fails, lane by lane."""
        try:
            with self._database.writing_all() as session:
                return self.claim_in(session, limit, is_idle=is_idle)
        except INTERRUPTIONS:
            raise
        except Exception as error:
            if is_database_away(self._database, error):
                raise
            log.exception("delivery.claim_failed")
            token, at = new_id(), now()
            with self._database.writing_all() as session:
                wanted = self._wanted(token, at, limit)
                lanes, granted = claim_lanes(session, self._quota_share, at, wanted)
            got = claim_one_by_one(self._database, lanes, token, at, is_idle=is_idle)
            return ClaimedBatch(at, granted, lanes, got, next_due=at)

    def finish(self, results: Sequence[SendResult]) -> None:
        """Store results; a message whose lease was lost meanwhile, or that is gone, is not changed.

        All in one transaction; where that fails, tenant by tenant and then one by one. A result that cannot
        be stored is logged: its lease runs out, and Chat knows the message by its id.
        """
        work_in_parts(self._database, results, _tenant_of_result, self._finish_group, _log_unfinished)

    def _finish_group(self, results: Sequence[SendResult]) -> None:
        with self._database.writing_all() as session:
            stored = self.finish_in(session, results)
        note_stored(stored)

    def finish_in(
        self, session: Session, results: Sequence[SendResult], lanes_beside: Collection[str] = ()
    ) -> list[StoredResult]:
        """Store results as `finish` does, within a transaction; after its commit `note_stored` is called.

        `lanes_beside` are lanes that the transaction changes afterwards.
        """
        pairs = [(result, delivery_update(result)) for result in results]
        mine = delivery_store.finish(session, [update for _, update in pairs])
        late = [update for result, update in pairs if is_lost(result, mine)]
        mine |= delivery_store.finish_late(session, late)
        kept = [pair for pair in pairs if pair[0].message.head.id in mine]
        stored = [result for result, _ in kept if result.was_sent]
        delivery_store.add_attempts(session, [attempt_row(result) for result in stored])
        arrived = Counter(result.message.head.tenant_id for result, _ in kept if is_counted(result))
        record_copies(session, [row for result, _ in kept if (row := copy_row(result)) is not None])
        news = [result.message.head.id for result, _ in kept if owes_line(result)]
        mark_lines_due(session, news, now())
        add_usage(session, now().date(), {each: {"cards": count} for each, count in arrived.items()})
        changes = breakers.note_results(session, stored)
        paused = [*pause_destinations.pause_gone(session, stored), *changes.paused]
        rested = [lane_update(result, update, self._pace) for result, update in pairs]
        owners = {each.tenant_id for each in paused}
        lane_store.release(session, rested, also_of=owners, beside=lanes_beside)
        breakers.rest_lanes(session, changes)
        breakers.notify_recovered(session, changes)
        pause_destinations.notify_admins_of(session, paused)
        return kept

    def give_back(self, messages: Sequence[OutgoingMessage]) -> None:
        """Release messages that were claimed and not sent, so that another worker sends them at once.

        Those that are outdated end.
        """
        if messages:
            work_in_parts(self._database, messages, _tenant_of, self._give_back_group, _log_not_given_back)

    def _give_back_group(self, messages: Sequence[OutgoingMessage]) -> None:
        with self._database.writing_all() as session:
            delivery_store.finish(session, [unsent_update(message) for message in messages])
            lane_store.release(
                session, [release_lane(each.lane, None, each.lease_token) for each in messages]
            )

    def renew(self, tokens: Sequence[str]) -> None:
        """Extend the leases of messages that are still being sent."""
        with self._database.writing_all() as session:
            lane_store.renew(session, tokens, now() + LEASE)


def note_stored(stored: Sequence[StoredResult]) -> None:
    """Log and measure results once they are stored."""
    for result, update in stored:
        log_result(result, update)
        if result.was_sent:
            measure_result(result)


def _tenant_of(message: OutgoingMessage) -> int:
    return message.head.tenant_id


def _tenant_of_result(result: SendResult) -> int:
    return result.message.head.tenant_id


def _log_unfinished(result: SendResult, error: Exception) -> None:
    """Log the one case in which a message may arrive twice: it was sent, and nobody knows it."""
    log.critical("delivery.unfinished", **log_fields(result.message, "unknown", error), exc_info=error)


def _log_not_given_back(message: OutgoingMessage, error: Exception) -> None:
    log.error("delivery.not_given_back", **log_fields(message, DeliveryState.SENDING, error), exc_info=error)


def _costs_quota(head: ClaimedDelivery) -> int:
    return int(head.kind in IN_CHAT)  # what is not written by the app itself is not counted for the project
