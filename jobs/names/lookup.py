"""Looks up the names of Pipedrive's ids, within a time limit, and stores them for the tenant."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import Final

import structlog

from jobs.names.cool_down import CoolDown
from jobs.names.sources import QUESTION_OF, QUESTIONS, Question
from jobs.to_pipedrive.client import BACKGROUND, Pipedrive
from jobs.to_pipedrive.oauth import NotConnected
from models.clock import now
from models.connections.names import known_names
from models.connections.names import remember as remember_names
from models.database.engine import Database
from models.errors import AppError, NotAllowed, NotFound, OutsideStaging, RateLimited
from models.pipedrive.names import Names

AFTER_ERROR_S: Final = 30.0
AFTER_MISS_S: Final = 60.0
MANY_SLOW: Final = 2
SHORT_WAIT_S: Final = 0.2

Pair = tuple[str, str]

log = structlog.get_logger()


@dataclass(slots=True)
class _Flight:
    """One round of questions for a tenant, in a thread of its own; it goes on after callers stopped waiting.

    `keys` are the ids to ask for, by question. `is_slow`: the caller that started it has waited its timeout.
    """

    keys: dict[str, set[str]]
    names: Names = field(default_factory=Names)
    done: threading.Event = field(default_factory=threading.Event)
    is_slow: bool = False


class NameLookup:
    """Asks Pipedrive for names; one for all threads of a process.

    Per tenant one round of questions runs at a time. A round that takes longer than a timeout goes on and
    stores what it finds, and no caller waits for it again. After an error a tenant cools down for 30 s (after
    a kind that may not be read: that kind), so that an unreachable Pipedrive costs one timeout, not one per
    event. Names that Pipedrive does not know are asked for again after a minute, two, four ... up to an hour.
    """

    def __init__(
        self,
        database: Database,
        pipedrive: Pipedrive,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._pipedrive = pipedrive
        self._cool_down = CoolDown(clock)
        self._flights: dict[int, _Flight] = {}
        self._lock = threading.Lock()

    def fetch(
        self, tenant_id: int, pairs: Collection[Pair], timeout_s: float, *, outdated: Collection[Pair] = ()
    ) -> Names:
        """Return the names of the pairs that are known or become known within `timeout_s` seconds.

        `outdated` are pairs to ask for even though they are known. Lists that were fetched whole come back
        whole. Never raises. Not to be called inside a writing transaction.
        """
        deadline = time.monotonic() + timeout_s
        try:
            return self._fetch_missing(tenant_id, set(pairs), set(outdated), deadline)
        except Exception as error:  # noqa: BLE001 - whatever is wrong here, the card is sent with the names known
            log.warning("names.unavailable", tenant_id=tenant_id, error=type(error).__name__)
            return Names()

    def _fetch_missing(self, tenant_id: int, pairs: set[Pair], outdated: set[Pair], deadline: float) -> Names:
        names = self._known_names(tenant_id, pairs)
        fetched: set[Pair] = set()
        while missing := self._askable_pairs(tenant_id, (pairs - names.keys() | outdated) - fetched):
            flight, is_ours = self._join_flight(tenant_id, missing)
            is_done = flight.done.wait(self._wait_s(flight, deadline))
            names.update(flight.names)
            if not is_done:
                flight.is_slow = flight.is_slow or is_ours
                break
            if is_ours:
                fetched |= missing
        return names

    def _wait_s(self, flight: _Flight, deadline: float) -> float:
        """Return how long to wait for a flight, in seconds.

        Several slow ones mean that Pipedrive is away for all: then cards would wait a timeout for every
        tenant, one after the other.
        """
        if flight.is_slow:
            return 0.0
        with self._lock:
            slow = sum(each.is_slow for each in self._flights.values())
        left = max(0.0, deadline - time.monotonic())
        return left if slow < MANY_SLOW else min(left, SHORT_WAIT_S)

    def _known_names(self, tenant_id: int, pairs: set[Pair]) -> Names:
        with self._database.reading(tenant_id) as session:
            known = known_names(session, tenant_id, pairs)
        return Names({pair: name for pair, name in known.items() if pair in pairs})

    def _askable_pairs(self, tenant_id: int, pairs: set[Pair]) -> set[Pair]:
        """Return the pairs that some question answers and that do not cool down."""
        if self._cool_down.is_active(tenant_id):
            return set()
        return {pair for pair in pairs if pair[0] in QUESTION_OF and not self._cools_down(tenant_id, *pair)}

    def _cools_down(self, tenant_id: int, kind: str, key: str) -> bool:
        question = QUESTION_OF[kind]
        if self._cool_down.is_active((tenant_id, question.key)):
            return True
        is_id = key.isascii() and key.isdecimal()
        return question.by_id and (not is_id or self._cool_down.is_active((tenant_id, kind, key)))

    def _join_flight(self, tenant_id: int, missing: set[Pair]) -> tuple[_Flight, bool]:
        """Return the tenant's flight and whether it is ours: started for exactly what is missing."""
        with self._lock:
            flight = self._flights.get(tenant_id)
            if flight is not None:
                return flight, False
            keys: dict[str, set[str]] = defaultdict(set)
            for kind, key in missing:
                keys[QUESTION_OF[kind].key].add(key)
            flight = self._flights[tenant_id] = _Flight(keys)
        threading.Thread(target=self._run_flight, args=(tenant_id, flight), daemon=True, name="names").start()
        return flight, True

    def _run_flight(self, tenant_id: int, flight: _Flight) -> None:
        try:
            for question in QUESTIONS:
                if question.key in flight.keys and not self._cool_down.is_active(tenant_id):
                    self._ask_question(tenant_id, question, flight)
        finally:
            with self._lock:
                del self._flights[tenant_id]
            flight.done.set()

    def _ask_question(self, tenant_id: int, question: Question, flight: _Flight) -> None:
        """Ask one question, store its answer, and let what has none cool down."""
        keys, asked_at = flight.keys[question.key], now()
        try:
            names = self._pipedrive.as_tenant(
                tenant_id, lambda api: question.ask(api, keys), spending=BACKGROUND
            )
            flight.names = Names({**flight.names, **names})
            with self._database.writing(tenant_id) as session:
                found = {(tenant_id, pair): name for pair, name in names.items()}
                remember_names(session, found, asked_at=asked_at)
        except Exception as error:  # noqa: BLE001 - a thread has no caller that could handle it
            self._cool_down_after(tenant_id, question, error)
            return
        self._cool_down.reset(tenant_id)
        self._cool_down_misses(tenant_id, question, keys, names)

    def _cool_down_misses(self, tenant_id: int, question: Question, keys: set[str], names: Names) -> None:
        found = {key for _, key in names}
        if not question.by_id:
            # What is not on the list now will hardly be on it in a moment: ask for the list later.
            self._cool_down.start((tenant_id, question.key), AFTER_MISS_S, grows=not keys <= found)
        for key in keys - found if question.by_id else ():
            self._cool_down.start((tenant_id, question.key, key), AFTER_MISS_S, grows=True)

    def _cool_down_after(self, tenant_id: int, question: Question, error: Exception) -> None:
        wait = getattr(error, "retry_after", None) or 0.0
        is_about_this = isinstance(error, NotAllowed | NotFound)
        key = (tenant_id, question.key) if is_about_this else tenant_id
        self._cool_down.start(key, max(AFTER_ERROR_S, wait), grows=isinstance(error, RateLimited))
        # A tenant without a connection is no problem; one that lost it is. Nor is one outside staging's list.
        is_expected = type(error) is NotConnected or isinstance(error, OutsideStaging)
        write = log.info if is_expected else log.warning
        write(
            "names.not_answered",
            tenant_id=tenant_id,
            question=question.key,
            error=type(error).__name__,
            # Only the texts of our own errors surely contain no secret and no text of a customer.
            why=str(error) if isinstance(error, AppError) else "",
        )
