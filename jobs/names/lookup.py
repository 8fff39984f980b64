"""Looks up what Pipedrive's ids are called, within a budget of time, and remembers it for the tenant."""

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
from jobs.to_pipedrive.client import Pipedrive
from jobs.to_pipedrive.oauth import NotConnected
from models.connections.names import known_names
from models.connections.names import remember as remember_names
from models.database.engine import Database
from models.errors import AppError, NotAllowed, NotFound, RateLimited
from models.pipedrive.names import Names

AFTER_TROUBLE_S: Final = 30.0
AFTER_MISS_S: Final = 60.0
MANY_SLOW: Final = 2
SHORT_WAIT_S: Final = 0.2

Pair = tuple[str, str]

log = structlog.get_logger()


@dataclass(slots=True)
class _Flight:
    """One round of questions for a tenant, in a thread of its own; it ends late rather than in vain.

    `is_slow`: whoever started it has spent a budget on it.
    """

    wanted: dict[str, set[str]]
    names: Names = field(default_factory=Names)
    done: threading.Event = field(default_factory=threading.Event)
    is_slow: bool = False


class NameLookup:
    """Asks Pipedrive for names; one for all threads of a process.

    Per tenant one round of questions is under way at a time. A round that outlasts a budget goes on and
    stores what it learns, and nobody waits for it again. After a trouble a tenant is left alone for 30 s
    (a kind that may not be read: that kind), so that an unreachable Pipedrive costs one budget, not one per
    event. What Pipedrive does not know is asked again after a minute, then after two, four ... up to an hour.
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
        self, tenant_id: int, wanted: Collection[Pair], budget_s: float, *, outdated: Collection[Pair] = ()
    ) -> Names:
        """Return the names of the wanted pairs that are known or became known within the budget, in seconds.

        `outdated` are wanted pairs to ask for even though they are known. Lists that were fetched whole come
        back whole. Never raises. Not to be called inside a writing transaction.
        """
        deadline = time.monotonic() + budget_s
        try:
            return self._fetch(tenant_id, set(wanted), set(outdated), deadline)
        except Exception as wrong:  # noqa: BLE001 - whatever is wrong here, the card goes out with what is known
            log.warning("names.unavailable", tenant_id=tenant_id, trouble=type(wrong).__name__)
            return Names()

    def _fetch(self, tenant_id: int, wanted: set[Pair], outdated: set[Pair], deadline: float) -> Names:
        names = self._known(tenant_id, wanted)
        flown: set[Pair] = set()
        while missing := self._askable(tenant_id, (wanted - names.keys() | outdated) - flown):
            flight, is_ours = self._join(tenant_id, missing)
            is_done = flight.done.wait(self._patience(flight, deadline))
            names.update(flight.names)
            if not is_done:
                flight.is_slow = flight.is_slow or is_ours
                break
            if is_ours:
                flown |= missing
        return names

    def _patience(self, flight: _Flight, deadline: float) -> float:
        """Return how long to wait for a flight, in seconds.

        Several slow ones mean that Pipedrive is away altogether: then every tenant's budget would be spent
        one after the other, by cards of tenants further behind.
        """
        if flight.is_slow:
            return 0.0
        with self._lock:
            slow = sum(each.is_slow for each in self._flights.values())
        left = max(0.0, deadline - time.monotonic())
        return left if slow < MANY_SLOW else min(left, SHORT_WAIT_S)

    def _known(self, tenant_id: int, wanted: set[Pair]) -> Names:
        with self._database.reading(tenant_id) as session:
            known = known_names(session, tenant_id, wanted)
        return Names({pair: name for pair, name in known.items() if pair in wanted})

    def _askable(self, tenant_id: int, pairs: set[Pair]) -> set[Pair]:
        """Keep the pairs that some question answers and that are not on hold."""
        if self._cool_down.is_held(tenant_id):
            return set()
        return {pair for pair in pairs if pair[0] in QUESTION_OF and not self._is_held(tenant_id, *pair)}

    def _is_held(self, tenant_id: int, kind: str, key: str) -> bool:
        question = QUESTION_OF[kind]
        if self._cool_down.is_held((tenant_id, question.key)):
            return True
        is_id = key.isascii() and key.isdecimal()
        return question.by_id and (not is_id or self._cool_down.is_held((tenant_id, kind, key)))

    def _join(self, tenant_id: int, missing: set[Pair]) -> tuple[_Flight, bool]:
        """Return the tenant's flight and whether it is ours: made for exactly what we miss."""
        with self._lock:
            flight = self._flights.get(tenant_id)
            if flight is not None:
                return flight, False
            wanted: dict[str, set[str]] = defaultdict(set)
            for kind, key in missing:
                wanted[QUESTION_OF[kind].key].add(key)
            flight = self._flights[tenant_id] = _Flight(wanted)
        threading.Thread(target=self._fly, args=(tenant_id, flight), daemon=True, name="names").start()
        return flight, True

    def _fly(self, tenant_id: int, flight: _Flight) -> None:
        try:
            for question in QUESTIONS:
                if question.key in flight.wanted and not self._cool_down.is_held(tenant_id):
                    self._ask(tenant_id, question, flight)
        finally:
            with self._lock:
                del self._flights[tenant_id]
            flight.done.set()

    def _ask(self, tenant_id: int, question: Question, flight: _Flight) -> None:
        """Ask one question, keep its answer, and remember what not to ask again for now."""
        keys = flight.wanted[question.key]
        try:
            names = self._pipedrive.as_tenant(tenant_id, lambda api: question.ask(api, keys))
            flight.names = Names({**flight.names, **names})
            with self._database.writing(tenant_id) as session:
                remember_names(session, {(tenant_id, pair): name for pair, name in names.items()})
        except Exception as trouble:  # noqa: BLE001 - a thread has nobody above it who could handle this
            self._hold_after(tenant_id, question, trouble)
            return
        self._cool_down.free(tenant_id)
        self._hold_misses(tenant_id, question, keys, names)

    def _hold_misses(self, tenant_id: int, question: Question, keys: set[str], names: Names) -> None:
        found = {key for _, key in names}
        if not question.by_id:
            # Whoever is not on the list now will hardly be on it in a moment: ask for the list later.
            self._cool_down.hold((tenant_id, question.key), AFTER_MISS_S, grows=not keys <= found)
        for key in keys - found if question.by_id else ():
            self._cool_down.hold((tenant_id, question.key, key), AFTER_MISS_S, grows=True)

    def _hold_after(self, tenant_id: int, question: Question, trouble: Exception) -> None:
        wait = getattr(trouble, "retry_after", None) or 0.0
        is_about_this = isinstance(trouble, NotAllowed | NotFound)
        place = (tenant_id, question.key) if is_about_this else tenant_id
        self._cool_down.hold(place, max(AFTER_TROUBLE_S, wait), grows=isinstance(trouble, RateLimited))
        # To be without a connection is no trouble of ours; to have lost it is.
        tell = log.info if type(trouble) is NotConnected else log.warning
        tell(
            "names.not_answered",
            tenant_id=tenant_id,
            question=question.key,
            trouble=type(trouble).__name__,
            # Only our own troubles have words that surely carry no secret and no customer's text.
            why=str(trouble) if isinstance(trouble, AppError) else "",
        )
