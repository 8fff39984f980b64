"""The drain: one RQ job that fans out and delivers whatever is due, and stays while more comes.

One coordinator thread speaks with the database; a pool of threads speaks with Chat.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from typing import Final

import redis
import structlog

from jobs.deliveries.fan_out import BATCH
from jobs.deliveries.results import ClaimedMessage, Result
from jobs.deliveries.retry import RENEW_EVERY
from jobs.deliveries.senders import PATIENCE_S, Senders
from jobs.queue import MOST_SLOTS, Slot, ask, waiting_jobs
from jobs.wiring import Engine, the_engine
from models.clock import now
from models.errors import DatabaseUnavailable

STAY_S: Final = 30.0  # then other jobs of the queue get their turn
LINGER_S: Final = 10.0  # an idle drain waits this long: waking it costs less than starting one
MOST_NAP_S: Final = 1.0
LEAST_NAP_S: Final = 0.002
GRACE_S: Final = 25.0
GATHER_S: Final = 0.004
HELP_EVERY_S: Final = 1.0
HOLD_EVERY_S: Final = 0.5  # of the three seconds after which a slot is anybody's
LEAST_IN_FLIGHT: Final = 64

log = structlog.get_logger()
stopping = threading.Event()  # set when the process shall end


def drain(slot: int) -> None:
    """Carry what is due until nothing is or the time is over. Running it twice is harmless."""
    engine = the_engine()
    holder = Slot(engine.redis, slot)
    if not holder.take():
        return
    wakes = _WakeListener(holder)
    wakes.start()
    drained = Drain(engine, wakes)
    try:
        drained.run(STAY_S, on_full=lambda: _ask_for_help(engine, slot))
    finally:
        wakes.stop()
        _leave(engine, holder, slot, again=drained.has_more)


def _ask_for_help(engine: Engine, slot: int) -> None:
    """Ask an idle worker to drain beside this one."""
    if slot + 1 < MOST_SLOTS:
        try:
            if waiting_jobs(engine.redis) == 0:
                ask(engine.redis, slot + 1)
        except redis.RedisError:
            log.debug("queue.away")


def _leave(engine: Engine, holder: Slot, slot: int, *, again: bool) -> None:
    try:
        holder.leave()
        if not stopping.is_set() and (again or (slot == 0 and holder.wait(0.01))):
            ask(engine.redis, slot)
    except redis.RedisError:
        log.debug("queue.away")


class _WakeListener(threading.Thread):
    """Listens for wake-ups and keeps the slot; a Redis that went away is listened for again."""

    def __init__(self, holder: Slot) -> None:
        super().__init__(name="wakes", daemon=True)
        self._holder = holder
        self._over = threading.Event()
        self.inbox: queue.SimpleQueue[Result | None] = queue.SimpleQueue()

    def run(self) -> None:
        held = 0.0
        while not self._over.is_set():
            try:
                if time.monotonic() - held > HOLD_EVERY_S:
                    self._holder.hold()
                    held = time.monotonic()
                if self._holder.wait(MOST_NAP_S):
                    self.inbox.put(None)
            except redis.RedisError:
                self._over.wait(MOST_NAP_S)

    def stop(self) -> None:
        self._over.set()
        self.join(MOST_NAP_S * 2)


class Drain:
    """One run of the loop: claim, send, finish, wait."""

    def __init__(self, engine: Engine, wakes: _WakeListener | None = None) -> None:
        self._engine = engine
        self._inbox = wakes.inbox if wakes else queue.SimpleQueue[Result | None]()
        self._senders = Senders(engine.deliver.send, self._inbox.put, engine.settings.send_threads)
        self._most = max(engine.settings.send_threads, LEAST_IN_FLIGHT)
        self._sending: dict[int, ClaimedMessage] = {}
        self._ended: list[Result] = []  # kept until they are recorded: the database may be away
        self._renewed = time.monotonic()
        self._asked_for_help = 0.0
        self._is_woken = True
        self.has_more = False

    def run(self, stay_s: float, on_full: Callable[[], None] | None = None) -> None:
        """Carry for at most `stay_s` seconds, or until nothing was due for a while."""
        over = time.monotonic() + stay_s
        idle_since = time.monotonic()
        try:
            while not stopping.is_set() and time.monotonic() < over:
                try:
                    worked = self._round()
                except DatabaseUnavailable as away:
                    log.warning("database.away", why=str(away))
                    worked = False
                if worked:
                    idle_since = time.monotonic()
                elif time.monotonic() - idle_since > LINGER_S and not self._sending:
                    return
                else:
                    self._wait()
                self._call_for_help(on_full)
        finally:
            self._wind_up()

    def _call_for_help(self, on_full: Callable[[], None] | None) -> None:
        """Tell that one process does not suffice, once a second at most."""
        if self.has_more and on_full is not None and time.monotonic() - self._asked_for_help > HELP_EVERY_S:
            self._asked_for_help = time.monotonic()
            on_full()

    def _round(self) -> bool:
        """Do what can be done now; return whether anything was."""
        finished = self._finish()
        woken, self._is_woken = self._is_woken, False
        fanned = self._engine.fan_out.step(expected=woken)
        free = self._most - len(self._sending)
        # A few at a time would cost a transaction each: wait until a fair share of the places is free.
        has_room = free >= self._most // 4
        loads = self._engine.deliver.claim(free, expected=fanned > 0) if has_room else []
        if loads:
            self._sending |= {id(load): load for load in loads}
            self._senders.submit(loads)
        self._senders.grow()
        self._renew()
        self._is_woken |= fanned == BATCH
        self.has_more = len(loads) == free or fanned == BATCH
        return bool(finished or fanned or loads)

    def _gather(self) -> None:
        """Take in what has come so far."""
        while True:
            try:
                result = self._inbox.get_nowait()
            except queue.Empty:
                return
            if result is None:
                self._is_woken = True
            else:
                self._ended.append(result)

    def _finish(self) -> int:
        """Record the results that are there, many in one transaction."""
        self._gather()
        if self._ended:
            self._engine.deliver.finish(self._ended)
        ended, self._ended = self._ended, []
        for result in ended:
            self._sending.pop(id(result.load), None)
        return len(ended)

    def _wait(self) -> None:
        """Sleep until a wake-up or the next due time; results are gathered for a moment on the way."""
        until = time.monotonic() + self._nap()
        while (left := until - time.monotonic()) > 0:
            try:
                got = self._inbox.get(timeout=left)
            except queue.Empty:
                return
            if got is None:
                self._is_woken = True
                return
            self._ended.append(got)
            if len(self._ended) >= min(len(self._sending), self._most // 4):
                return
            until = min(until, time.monotonic() + GATHER_S)

    def _nap(self) -> float:
        """Return the seconds until something is due, as far as is known, or until more threads are."""
        due, most = self._engine.deliver.next_due, PATIENCE_S if self._senders.is_behind else MOST_NAP_S
        if due is None:
            return most
        return min(most, max(LEAST_NAP_S, (due - now()).total_seconds()))

    def _renew(self) -> None:
        if self._sending and time.monotonic() - self._renewed > RENEW_EVERY.total_seconds():
            self._renewed = time.monotonic()
            self._engine.deliver.renew(sorted({load.token for load in self._sending.values()}))

    def _wind_up(self) -> None:
        """Hand back what no thread has begun, let the running sends end, record what came of them."""
        unsent = self._senders.stop()
        for load in unsent:
            self._sending.pop(id(load), None)
        self._hand_back(unsent)
        until = time.monotonic() + GRACE_S
        while self._sending and time.monotonic() < until:
            try:
                self._finish()
                self._wait()
            except DatabaseUnavailable as away:
                log.warning("database.away", why=str(away))
                time.sleep(MOST_NAP_S)

    def _hand_back(self, unsent: list[ClaimedMessage]) -> None:
        try:
            self._engine.deliver.give_back(unsent)
        except DatabaseUnavailable as away:
            log.warning("database.away", why=str(away))  # then their leases run out
