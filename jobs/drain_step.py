"""One step of a drain: two transactions, however many results, events and messages it works on.

The first stores what Chat has answered and claims new events; the second stores what these lead to and claims
what is sent next. Where one fails, its parts are done one after the other, each as carefully as it can be.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import structlog

from jobs.deliveries.deliver import ClaimedBatch, Deliver, note_stored
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.parts import is_database_away
from jobs.deliveries.results import SendResult
from jobs.events.fan_out import FanOut
from jobs.queue import INTERRUPTIONS
from models.database.engine import Database, Session
from models.events.claims import ClaimedEvent, tenants_with_new

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Begun:
    """What the first half of a step claimed; `is_due`: some message may be sent now."""

    token: str = ""
    events: Sequence[ClaimedEvent] = ()
    is_due: bool = True


class DrainStep:
    """Does the steps of one drain; both halves raise DatabaseUnavailable, and then nothing is lost."""

    def __init__(self, database: Database, fan_out: FanOut, deliver: Deliver) -> None:
        self._database = database
        self._fan_out = fan_out
        self._deliver = deliver

    def begin(self, results: Sequence[SendResult], *, expected: bool) -> Begun:
        """Store results, and claim new events.

        Without results, and unless some events are `expected`, a read decides whether there is anything to
        do: idle workers disturb no writer.
        """
        if results:
            return self._begin_with(results)
        if expected:
            return Begun(*self._fan_out.claim())
        with self._database.reading_all() as session:
            has_new, is_due = bool(tenants_with_new(session)), self._deliver.look(session)
        return Begun(*self._fan_out.claim()) if has_new else Begun(is_due=is_due)

    def _begin_with(self, results: Sequence[SendResult]) -> Begun:
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
        """Store what the claimed events lead to, and claim up to `room` messages; return these."""
        if not begun.events:
            return self._deliver.claim(room, expected=False, is_idle=is_idle) if room and begun.is_due else []
        claimed: list[ClaimedBatch] = []

        def claim(session: Session) -> None:
            claimed.append(self._deliver.claim_in(session, room, is_idle=is_idle))

        is_whole = self._fan_out.process(begun.token, begun.events, claim if room else None)
        if not room:
            return []
        if not is_whole:
            return self._deliver.claim(room, expected=True, is_idle=is_idle)
        return self._deliver.prepared(claimed[-1])
