"""An unforeseen error over one event, in any stage from reading to recording, concerns that event alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final, cast

import pytest

from jobs import drain as drain_module
from jobs.drain import Drain
from jobs.wiring import Engine
from models.accounts.actor import system
from models.database.engine import ConstraintViolation
from models.deliveries.replay_events import EventFilter, replay_events
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, deal, link
from tests.stack import wait_until

# Sockets of threads that ended with the drain are closed by the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

OTHERS_WAIT_AT_MOST_S: Final = (
    10.0  # where they waited for the poison it would be for ever; a busy machine is slow
)
POISON: Final = "the poison of this test"
REFUSAL: Final = ConstraintViolation("INSERT", {}, Exception("refused"))
FAILED, SENT, TRIED_AGAIN = {"failed"}, {"delivered"}, {"pending", "sending"}


@dataclass(frozen=True)
class Stage:
    """A function that fails over the poison, and how the poison's event or delivery then ends or waits."""

    target: str
    error: Exception
    ends: set[str]


STAGES: Final = (
    # Reading: the event fails, and can be read again.
    Stage("jobs.events.read_event.parse_json", OverflowError("too large"), FAILED),
    Stage("jobs.events.read_event.read", RecursionError("too deep"), FAILED),
    Stage("jobs.events.fan_out.is_slow", TypeError("hostile"), FAILED),
    Stage("jobs.events.fan_out.late_key_of", ValueError("NUL"), FAILED),
    Stage("jobs.names.cache.names_in", KeyError("name"), FAILED),
    Stage("jobs.names.cache.refs_in", MemoryError(), FAILED),
    Stage("jobs.events.fan_out.match_event", ZeroDivisionError(), FAILED),
    Stage("jobs.events.read_event.delivery_row", UnicodeError("half"), FAILED),
    Stage("models.deliveries.store._insert", REFUSAL, FAILED),
    # Delivering: the card goes without what failed, or is tried again.
    Stage("jobs.deliveries.render.parse_json", OverflowError("too large"), SENT),
    Stage("jobs.deliveries.send.render_message", ZeroDivisionError(), TRIED_AGAIN),
    Stage("jobs.deliveries.send.SendRequest", RuntimeError("unforeseen"), TRIED_AGAIN),
    Stage("jobs.deliveries.claim.OutgoingMessage", REFUSAL, TRIED_AGAIN),
    Stage("models.deliveries.store.add_attempts", REFUSAL, TRIED_AGAIN),
)


@pytest.fixture(autouse=True)
def _in_short_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Long naps take a second each."""
    monkeypatch.setattr(drain_module, "MOST_NAP_S", 0.05)


@contextmanager
def draining(bench: Bench) -> Iterator[None]:
    """Fan out and deliver meanwhile, as a worker does."""
    drain_module.stopping.clear()
    running = Drain(cast("Engine", bench))
    thread = threading.Thread(target=running.run, args=(60,))
    thread.start()
    try:
        yield
    finally:
        drain_module.stopping.set()
        thread.join(30)
        drain_module.stopping.clear()


def fail_over_poison(monkeypatch: pytest.MonkeyPatch, stage: Stage, poison_ids: set[int]) -> None:
    """Let a function fail whenever the poisoned event, its change or its delivery is among its arguments."""
    module, _, name = stage.target.rpartition(".")
    real = getattr(__import__(module, fromlist=[name]), name)

    def fail_or_work(*arguments: Any, **named: Any) -> Any:
        if POISON in repr((arguments, named)) or poison_ids & named_ids(arguments):
            raise stage.error
        return real(*arguments, **named)

    monkeypatch.setattr(stage.target, fail_or_work)


def named_ids(arguments: tuple[Any, ...]) -> set[int]:
    """The ids of events in the rows that a store gets."""
    rows = [row for each in arguments if isinstance(each, list) for row in each if isinstance(row, dict)]
    return {int(row[name]) for row in rows for name in ("event_id", "delivery_id") if row.get(name)}


@pytest.mark.parametrize("stage", STAGES, ids=lambda stage: stage.target.rpartition(".")[2])
def test_an_error_over_one_event_harms_no_other(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch, stage: Stage
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE, is_urgent=True)
    with monkeypatch.context() as broken:
        late = bench.clock.at - timedelta(hours=1)
        poison = deal(1, title=POISON)
        poison["meta"]["timestamp"] = late.isoformat()
        bench.receive(tenants.ours, poison)
        bench.receive(tenants.theirs, *(deal(number) for number in range(1, 6)))
        fail_over_poison(broken, stage, {bench.events(tenants.ours)[0].id})

        with draining(bench):
            wait_until(lambda: len(bench.chat.cards(OTHER_SPACE)) == 5, OTHERS_WAIT_AT_MOST_S)
            wait_until(lambda: state_of_poison(bench, tenants.ours) in stage.ends, 10)
        assert [event.state for event in bench.events(tenants.theirs)] == ["done"] * 5
        assert [each.state for each in bench.deliveries(tenants.theirs)] == ["delivered"] * 5

    if stage.ends is FAILED:
        assert replay_events(bench.database, system(tenants.ours, "test"), EventFilter(), dry_run=False) == 1
        with draining(bench):
            wait_until(lambda: bench.titles(SPACE) == [POISON], 10)
        assert [event.state for event in bench.events(tenants.ours)] == ["done"]


def state_of_poison(bench: Bench, tenant_id: int) -> str:
    """The state of its delivery, of its event where there is none."""
    (event,) = bench.events(tenant_id)
    return next((each.state for each in bench.deliveries(tenant_id)), event.state)
