"""Pipedrive, and the door that its webhooks come to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from random import Random
from typing import Any, Final

import orjson

from models.errors import DatabaseUnavailable, RowsRefused
from models.events import store
from models.events.store import Arrival
from tests.simulation.plan import EventPlan
from tests.simulation.ports import SimulatedDatabase, VirtualClock
from tests.simulation.pressing.crm import Deals
from tests.simulation.scheduler import Process, Scheduler, Signal
from tests.simulation.story import Story
from web.from_pipedrive import door
from web.from_pipedrive.credentials import WebhookSender

RETRIES_S: Final = (3.0, 30.0, 150.0)
PATIENCE_S: Final = 10.0


class Door:
    """The web process: it stores what waits in one group, and answers when that is committed."""

    def __init__(
        self, process: Process, scheduler: Scheduler, database: SimulatedDatabase, stored: Callable[[], None]
    ) -> None:
        self.process = process
        self._scheduler = scheduler
        self._database = database
        self._stored = stored
        self._waiting: list[tuple[Arrival, Callable[[int], None]]] = []
        self._arrived = Signal()

    def start(self) -> None:
        self._scheduler.start(self.process, self._serve)

    def take(self, raw: bytes, sender: WebhookSender, answer: Callable[[int], None]) -> None:
        """Take a request; `answer` gets the status, unless the process dies before."""
        if self.process.is_dead:
            return
        arrival, _, _ = door._arrival(raw, sender)
        self._waiting.append((arrival, answer))
        self._scheduler.set(self._arrived)

    def _serve(self) -> None:
        while True:
            while not self._waiting:
                self._scheduler.wait(self._arrived, 3600.0)
            group, self._waiting = self._waiting, []
            try:
                store.store_group(self._database, [arrival for arrival, _ in group])
                status = 200
            except (DatabaseUnavailable, RowsRefused):
                status = 503
            for _, answer in group:
                answer(status)
            self._stored()


class Pipedrive:
    """Tells of changes: late, twice, under two ids, and again where it got no answer."""

    def __init__(
        self, scheduler: Scheduler, clock: VirtualClock, story: Story, random: Random, deals: Deals
    ) -> None:
        self.accepted: dict[str, float] = {}  # when the event of a token was acknowledged
        self.first_posted: dict[str, float] = {}
        self._scheduler = scheduler
        self._clock = clock
        self._story = story
        self._random = random
        self._deals = deals

    def tell(self, event: EventPlan, tenant_id: int, take: Callable[..., None]) -> None:
        """Send the webhooks of one event, as separate lines of work."""
        status = event.kind.removeprefix("deal.") if event.kind in ("deal.won", "deal.lost") else "open"
        self._deals.heard((event.tenant, event.deal), status=status)
        body = partial(body_of, event, tenant_id, self._clock.true_now())
        hooks = [(body("w1"), event.delay_s)]
        if event.is_repeated:
            hooks.append((hooks[0][0], event.delay_s + self._random.uniform(0, 5)))
        if event.is_told_twice:
            hooks.append((body("w2"), event.delay_s + self._random.uniform(0, 5)))
        sender = WebhookSender(tenant_id, str(tenant_id))
        for raw, delay in hooks:
            work = partial(self._post, event, raw, sender, take)
            self._scheduler.start(self._scheduler.process, work, delay)

    def _post(self, event: EventPlan, raw: bytes, sender: WebhookSender, take: Callable[..., None]) -> None:
        for wait in (*RETRIES_S, None):
            answered, status = Signal(), [0]

            def answer(given: int, answered: Signal = answered, status: list[int] = status) -> None:
                status[0] = given
                self._scheduler.set(answered)

            self._scheduler.pause(self._random.uniform(0.001, 0.05))
            self.first_posted.setdefault(event.token, self._scheduler.at)
            take(raw, sender, answer)
            self._scheduler.wait(answered, PATIENCE_S)
            if status[0] == 200 and self._random.random() > 0.03:
                self.accepted.setdefault(event.token, self._scheduler.at)
                self._story.tell("is told that %s is stored", event.token)
                return
            self._story.tell("gets no good answer about %s (%s)", event.token, status[0])
            if wait is not None:
                self._scheduler.pause(wait)


def body_of(event: EventPlan, tenant_id: int, at: datetime, webhook: str) -> bytes:
    """Return the body of an event, as version 2 of the webhooks has it."""
    state = {
        "id": event.deal,
        "title": event.token,
        "value": event.value,
        "currency": "EUR",
        "status": "open",
    }
    previous: dict[str, Any] | None = None
    if event.kind == "deal.value_changed":
        previous = {"value": 1}
    elif event.kind in ("deal.won", "deal.lost"):
        state["status"], previous = event.kind.removeprefix("deal."), {"status": "open"}
    meta: dict[str, Any] = {
        "action": "create" if previous is None else "change",
        "entity": "deal",
        "entity_id": str(event.deal),
        "company_id": str(tenant_id),
        "id": f"{webhook}-{event.token}",
        "webhook_id": webhook,
        "version": "2.0",
        "timestamp": at.isoformat(),
    }
    if event.is_restricted:
        meta["permitted_user_ids"] = [1]
    return orjson.dumps({"meta": meta, "data": state, "previous": previous})
