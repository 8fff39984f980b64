"""One step of a drain: as few transactions as can be, however many results, events and messages it works on.

A few new events are read without a claim, and one transaction stores what Chat has answered and what the
events lead to, and claims what is sent next. Many are claimed first, in the transaction that stores results.
Where one fails, its parts are done one after the other, each as carefully as it can be.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import partial

import structlog

from jobs.deliveries.deliver import ClaimedBatch, Deliver, StoredResult, ToCreate, note_stored
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.parts import is_database_away
from jobs.deliveries.results import SendResult
from jobs.events.create import NewDeliveries, create_leased, create_pending
from jobs.events.fan_out import FanOut
from jobs.events.fanned_out import Beside
from jobs.events.unclaimed import FEW
from jobs.queue import INTERRUPTIONS
from models.database.engine import Database, Session
from models.deliveries.chat_quota.lanes import may_need_quota
from models.events.claims import ClaimedEvent, tenants_with_new

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Begun:
    """What the first half of a step found. `token` is that of the events' lease, empty if there is none.

    `is_due`: some message may be sent now. `results` are to be stored by the second half.
    """

    token: str = ""
    events: Sequence[ClaimedEvent] = ()
    is_due: bool = True
    results: Sequence[SendResult] = ()


class DrainStep:
    """Does the steps of one drain; both halves raise DatabaseUnavailable, and then nothing is lost."""

    def __init__(self, database: Database, fan_out: FanOut, deliver: Deliver) -> None:
        self._database = database
        self._fan_out = fan_out
        self._deliver = deliver
        self._has_many = False  # as far as the last claim shows
        self.may_have_left_events = False  # whether the last step may not have read all new ones

    def look(self) -> None:
        """Read as a step does, and do nothing: the connection is open then, and what it reads is at hand."""
        with self._database.reading_all() as session:
            self._fan_out.unclaimed.read_in(session)
            self._deliver.look(session)

    def begin(self, results: Sequence[SendResult], *, expected: bool) -> Begun:
        """Read a few new events, or claim many and store results.

        Without results, and unless some events are `expected`, a read decides whether there is anything to
        do: idle workers disturb no writer.
        """
        if not self._has_many:
            with self._database.reading_all() as session:
                few = self._fan_out.unclaimed.read_in(session)
                is_due = few is None or bool(few or results) or self._deliver.look(session)
            if few is not None:
                self.may_have_left_events = False
                return Begun(events=few, is_due=is_due, results=results)
        begun = self._claim(results, expected=expected)
        self._has_many = len(begun.events) > FEW
        self.may_have_left_events = bool(begun.events)
        return begun

    def _claim(self, results: Sequence[SendResult], *, expected: bool) -> Begun:
        if results:
            return self._claim_with(results)
        if expected:
            return Begun(*self._fan_out.claim())
        with self._database.reading_all() as session:
            has_new, is_due = bool(tenants_with_new(session)), self._deliver.look(session)
        return Begun(*self._fan_out.claim()) if has_new else Begun(is_due=is_due)

    def _claim_with(self, results: Sequence[SendResult]) -> Begun:
        try:
            with self._database.writing_all() as session:
                stored = self._deliver.finish_in(session, results)
                token, events = self._fan_out.claim_in(session)
        except INTERRUPTIONS:
            raise
        except Exception as error:
            if is_database_away(self._database, error):
                raise
            log.warning("step.split", results=len(results), error=type(error).__name__)
            self._deliver.finish(results)
            return Begun(*self._fan_out.claim())
        note_stored(stored)
        return Begun(token, events)

    def end(self, begun: Begun, room: int, *, is_idle: bool) -> list[OutgoingMessage]:
        """Store results and what the events lead to, and claim up to `room` messages; return these."""
        if not begun.events and not begun.results:
            return self._deliver.claim(room, expected=False, is_idle=is_idle) if room and begun.is_due else []
        stored, claimed = list[StoredResult](), list[ClaimedBatch]()

        def finish(session: Session, lanes: Collection[str]) -> None:
            if begun.results:
                stored.extend(self._deliver.finish_in(session, begun.results, lanes))

        def create(session: Session, new: NewDeliveries) -> None:
            if not room:
                create_pending(session, new)
            elif new.rows or self._deliver.look(session):
                to_create = _to_create(new) if new.rows else None
                got = self._deliver.claim_in(
                    session, room, is_idle=is_idle, to_create=to_create, has_locked_lanes=bool(begun.results)
                )
                claimed.append(got)

        is_done = self._fan_out.process(begun.token, begun.events, Beside(finish, create))
        self.may_have_left_events |= self._fan_out.has_unread or not is_done
        if is_done:
            note_stored(stored)
            return self._deliver.prepared(claimed[-1]) if claimed else []
        self._deliver.finish(begun.results)
        return self._deliver.claim(room, expected=True, is_idle=is_idle) if room else []


def _to_create(new: NewDeliveries) -> ToCreate:
    needs_quota = any(may_need_quota(row["lane"]) for row in new.rows)
    return ToCreate(partial(create_leased, new=new), needs_quota)
