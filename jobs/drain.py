"""The drain: one RQ job that fans out and delivers whatever is due, and stays while more comes.

One coordinator thread uses the database and draws cards; an event loop and a pool of threads send.
"""

from __future__ import annotations

import math
import queue
import threading
import time
from collections.abc import Collection
from contextlib import suppress
from datetime import datetime
from functools import partial
from typing import Final

import redis
import structlog

from jobs.deliveries.drawing import Drawing
from jobs.deliveries.lease_keeper import LeaseKeeper
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.results import SendResult
from jobs.help_request import HelpRequest
from jobs.queue import Slot, request_drain, request_helper
from jobs.to_chat.senders import PATIENCE_S, Senders
from jobs.wake_listener import WakeListener
from jobs.wiring import Engine, the_engine
from models.clock import now
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.events.claims import MOST_TENANTS
from models.events.store import newest_received_at
from models.operating.measurements import MEASUREMENTS

STAY_S: Final = 30.0  # then other jobs of the queue run
LINGER_S: Final = 10.0  # an idle drain waits this long: waking it costs less than starting one
MOST_NAP_S: Final = 1.0
LEAST_NAP_S: Final = 0.002
GRACE_S: Final = 25.0
GATHER_S: Final = 0.004  # results are gathered for so long while others wait for them
GATHER_IDLE_S: Final = 0.04  # and while nothing does: to store one costs nearly as much as to store ten
GATHER_IN_STEPS_S: Final = 0.02  # after that a step that comes by stores them, which saves a transaction
LEAST_IN_FLIGHT: Final = 256
MANY: Final = MOST_TENANTS  # events of a step: one that reads as many may have left some of other tenants

log = structlog.get_logger()
stopping = threading.Event()  # set when the process must end
_inboxes: list[queue.SimpleQueue[SendResult | None]] = []  # of the drains that run


def stop() -> None:
    """End the running drain at once, also in the middle of a nap. Safe in a signal handler."""
    stopping.set()
    for inbox in tuple(_inboxes):
        inbox.put(None)


def drain(slot: int) -> None:
    """Fan out and deliver until nothing is due or the time is over. Running it twice is harmless."""
    engine = the_engine()
    held_slot = Slot(engine.redis, slot)
    if not held_slot.claim():
        return
    listener = WakeListener(held_slot, takes_wakes=slot == 0)
    listener.start()
    newest = partial(_newest_webhook, engine.database) if engine.database.is_sqlite else None
    help_request = HelpRequest(partial(request_helper, engine.redis, slot), newest)
    running = Drain(engine, listener, help_request)
    try:
        with engine.database.keeping_connection():
            running.run(STAY_S, is_helper=slot > 0)
    finally:
        listener.stop(waits=not stopping.is_set())
        _release_slot(engine, held_slot, slot, is_work_left=running.has_more or running.is_woken())
        MEASUREMENTS.store_if_possible(engine.database)  # an ordinary `rq worker` has nothing else that does


def _newest_webhook(database: Database) -> datetime | None:
    with database.reading_all() as session:
        return newest_received_at(session)


def _release_slot(engine: Engine, held_slot: Slot, slot: int, *, is_work_left: bool) -> None:
    """Release it, and request the next drain if one is needed. Helpers are requested by the first drain."""
    try:
        held_slot.release()
        if slot == 0 and not stopping.is_set() and (is_work_left or held_slot.wait(0.01)):
            request_drain(engine.redis, slot)
    except redis.RedisError:
        log.debug("queue.away")


class Drain:
    """One run of the loop: fan out, claim, send, finish, wait."""

    def __init__(
        self, engine: Engine, listener: WakeListener | None = None, help_request: HelpRequest | None = None
    ) -> None:
        self._engine = engine
        self._help_request = help_request
        self._inbox = listener.inbox if listener else queue.SimpleQueue[SendResult | None]()
        self._senders = Senders(engine.deliver.send, self._inbox.put, engine.settings.send_threads)
        self._most = max(engine.settings.send_threads, LEAST_IN_FLIGHT)
        self._sending: set[OutgoingMessage] = set()
        self._drawing = Drawing(engine.deliver.sender.draw)
        self._results: list[SendResult] = []  # kept until they are stored: the database may be away
        self._gathers_since = 0.0  # when the first of them came
        self._tries_again = 0.0  # when to try to store them again, after the database was away
        self._keeper = LeaseKeeper(self._renew_leases)
        self._is_woken = True
        self._is_caught_up = False  # the last step had room for more than was due, and read all new events
        self.has_more = False

    def run(self, stay_s: float, *, is_helper: bool = False) -> None:
        """Drain for at most `stay_s` seconds, or until nothing was due for a while.

        A helper, beside another drain, ends as soon as that one suffices.
        """
        over = time.monotonic() + stay_s
        idle_since = time.monotonic()
        _inboxes.append(self._inbox)
        self._keeper.start()
        try:
            while not stopping.is_set() and time.monotonic() < over:
                self._keeper.note_progress()
                try:
                    worked = self._do_due_work()
                except DatabaseUnavailable as away:
                    self._note_away(away)
                    worked = False
                if worked:
                    idle_since = time.monotonic()
                elif time.monotonic() - idle_since > LINGER_S and not self._sending:
                    return
                if is_helper and self._is_caught_up:
                    return
                if not (worked and (self.has_more or self._is_woken)):
                    self._wait_for_work()
        finally:
            _inboxes.remove(self._inbox)
            self._wind_up()
            self._keeper.stop()

    def is_woken(self) -> bool:
        """Return whether a wake-up came that no step has followed."""
        self._empty_inbox()
        return self._is_woken

    def _note_away(self, away: DatabaseUnavailable) -> None:
        log.warning("database.away", why=str(away))
        self._tries_again = time.monotonic() + MOST_NAP_S

    def _do_due_work(self) -> bool:
        """Do what can be done now; return whether anything was."""
        self._empty_inbox()
        finished = self._results if self._are_results_due() else []
        still_sending = self._sending.difference(result.message for result in finished)
        if any(message.is_alone for message in still_sending):
            return self._finish_results() > 0  # nothing else may be under way beside it
        begun = self._engine.step.begin(finished, expected=self._is_woken)
        self._is_woken = False
        free = self._most - len(still_sending)
        room = free if self._has_room(still_sending) else 0
        messages = self._engine.step.end(begun, room, is_idle=not still_sending)
        self._results, self._sending = self._results[len(finished) :], still_sending
        if messages:
            self._sending.update(messages)
            self._submit(messages)
        self._senders.grow()
        self._is_woken |= self._engine.step.may_have_left_events
        waiting = [event.received_at for event in begun.events] if len(begun.events) >= MANY else []
        waiting += [message.head.next_attempt_at for message in messages] if len(messages) == free else []
        self.has_more = bool(waiting) or free == 0
        if self._help_request is not None:
            self._help_request.make_if_late(waiting)
        self._is_caught_up = len(messages) < room and not self._engine.step.may_have_left_events
        return bool(finished or begun.events or messages)

    def _has_room(self, sending: Collection[OutgoingMessage]) -> bool:
        """Whether to claim more; not a few at a time, which cost a transaction each."""
        free = self._most - len(sending)
        return not sending or (free >= self._most // 4 and not self._engine.deliver.needs_idle)

    def _submit(self, messages: list[OutgoingMessage]) -> None:
        """Begin to send messages. Cards are drawn here: in the loop they held up the statements of steps."""
        sender = self._engine.deliver.sender
        by_loop = [message for message in messages if sender.goes_by_loop(message)]
        if len(by_loop) < len(messages):
            self._senders.submit([message for message in messages if not sender.goes_by_loop(message)])
        self._drawing = Drawing(sender.draw, by_loop)
        while not (self._drawing.is_over or stopping.is_set()):
            sender.loop.submit(self._drawing.draw_some(), self._inbox.put)
            self._keeper.note_progress()
        if late := self._drawing.take_unsent():
            self._give_back(late)
            self._is_woken = True

    def _empty_inbox(self) -> None:
        """Take out the results and wake-ups that have come so far."""
        with suppress(queue.Empty):
            while True:
                self._note(self._inbox.get_nowait())

    def _note(self, result: SendResult | None) -> None:
        """Note a result, or None for a wake-up."""
        if result is None:
            self._is_woken = True
            return
        if not self._results:
            self._gathers_since = time.monotonic()
        self._results.append(result)

    def _finish_results(self) -> int:
        """Store the results that are there, many in one transaction; return how many."""
        self._empty_inbox()
        if self._results:
            self._engine.deliver.finish(self._results)
        finished, self._results = self._results, []
        self._sending.difference_update(result.message for result in finished)
        return len(finished)

    def _wait_for_work(self) -> None:
        """Sleep until a wake-up or the next due time, or until results are to be stored."""
        until = time.monotonic() + self._nap_s()
        with suppress(queue.Empty):
            while (left := min(until - time.monotonic(), self._store_in_s())) > 0:
                result = self._inbox.get(timeout=left)
                self._note(result)
                if result is None:
                    return

    def _are_results_due(self) -> bool:
        """Whether this step stores results: at once if something waits for them, else some together."""
        return self._are_results_waited_for() or self._store_in_s() <= GATHER_IDLE_S - GATHER_IN_STEPS_S

    def _store_in_s(self) -> float:
        """Return in how many seconds results are stored, whatever else there is to do."""
        if not self._results:
            return math.inf
        is_waited_for = self._are_results_waited_for()
        enough = min(len(self._sending), self._most // 4) if is_waited_for else self._most // 4
        gathers_s = GATHER_S if is_waited_for else GATHER_IDLE_S
        at = 0.0 if len(self._results) >= enough else self._gathers_since + gathers_s
        return max(at, self._tries_again) - time.monotonic()

    def _are_results_waited_for(self) -> bool:
        """Whether something can only be sent after what is being sent."""
        is_alone = any(message.is_alone for message in self._sending)
        return self.has_more or is_alone or self._engine.deliver.needs_idle

    def _nap_s(self) -> float:
        """Return the seconds until something is due, as far as is known, or until the senders may grow."""
        due, most = self._engine.deliver.next_due, PATIENCE_S if self._senders.is_behind else MOST_NAP_S
        if due is None or not self._has_room(self._sending):
            return most
        return min(most, max(LEAST_NAP_S, (due - now()).total_seconds()))

    def _renew_leases(self) -> None:
        """Renew what is being sent and read; called by the keeper of the leases, in its thread."""
        self._engine.fan_out.renew()
        if self._engine.deliver.sender.loop.is_stuck:
            return
        if sending := self._sending.copy():  # the coordinator changes it meanwhile; a copy is one step
            self._engine.deliver.renew(sorted({message.lease_token for message in sending}))

    def _wind_up(self) -> None:
        """Give back what nobody has begun to send, let the running sends end, store their results."""
        self._give_back([*self._senders.stop(), *self._drawing.take_unsent()])
        until = time.monotonic() + GRACE_S
        while self._sending and time.monotonic() < until:
            self._keeper.note_progress()
            try:
                if not self._finish_results():
                    self._wait_for_work()
            except DatabaseUnavailable as away:
                log.warning("database.away", why=str(away))
                time.sleep(MOST_NAP_S)

    def _give_back(self, unsent: list[OutgoingMessage]) -> None:
        self._sending.difference_update(unsent)
        try:
            self._engine.deliver.give_back(unsent)
        except DatabaseUnavailable as away:
            log.warning("database.away", why=str(away))  # then their leases run out
