"""What one step of a drain costs: the CPU time of the worker's own thread, by how many events share a step.

Nothing is sent: each message counts as accepted at once, and the next step stores that. CPU time is hardly
changed by what else runs on the machine.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from time import thread_time
from typing import Any, Final

from sqlalchemy import select

from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.results import SendResult
from jobs.warm_up import warm_up
from jobs.wiring import Engine
from models.clock import now
from models.events.store import Arrival, store_group
from models.logs import set_up
from models.tables import Tenant
from models.tables.events import EventState
from tests.bench.load import TEMPLATE
from tests.bench.stand import stand

TENANTS, SPACES = 64, 40
SIZES: Final = ((1, 300), (16, 60), (100, 20))  # events in a step, and how many steps are measured
WARM_UP: Final = 30


def run(kind: str, say: Callable[[str, str, str], None]) -> None:
    with stand(kind, TENANTS, SPACES) as at:
        set_up("error", service="worker")
        engine = Engine(at.settings)
        try:
            warm_up(engine.database, engine.rulesets, engine.names)
            steps = Steps(engine)
            for size, count in SIZES:
                for _ in range(WARM_UP):
                    steps.take(size)
                times = [steps.take(size) for _ in range(count)]
                each = statistics.fmean(times) / size
                say(
                    kind,
                    f"step: events {size}",
                    f"{statistics.median(times):.2f} ms CPU, {each:.2f} an event",
                )
        finally:
            engine.close()


class Steps:
    """Steps of one engine that gets new events before each."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._results: list[SendResult] = []
        self._deal = 0
        with engine.database.reading_all() as session:
            self._tenants = list(session.scalars(select(Tenant.id).order_by(Tenant.id)))

    def take(self, events: int) -> float:
        """Store so many events, do one step, and return its CPU time in milliseconds."""
        store_group(self._engine.database, [self._arrival() for _ in range(events)])
        step, started = self._engine.step, thread_time()
        begun = step.begin(self._results, expected=True)
        messages = step.end(begun, room=128, is_idle=True)
        took = (thread_time() - started) * 1000
        self._results = _accepted(messages)
        return took

    def _arrival(self) -> Arrival:
        self._deal += 1
        tenant, pipeline = self._deal % TENANTS, self._deal // TENANTS % SPACES
        values: Any = {
            b"n": self._deal,
            b"pipeline": pipeline,
            b"tenant": tenant,
            b"now": now().isoformat(timespec="milliseconds").encode(),
        }
        return Arrival(self._tenants[tenant], f"step-{self._deal}", TEMPLATE % values, EventState.NEW, now())


def _accepted(messages: Sequence[OutgoingMessage]) -> list[SendResult]:
    return [
        SendResult(each, None, f"{each.head.address}/messages/{each.head.id}", 1, now()) for each in messages
    ]
