"""One bad event, one slow tenant: the others are read in their turn, as if nothing were."""

from __future__ import annotations

import time
from typing import Any

import pytest

from jobs.deliveries.retry import EVENT_LOSSES_IN_COMPANY, LEASE, MOST_LEASE_LOSSES
from jobs.events import fan_out as fan_out_module
from jobs.events import fanned_out
from jobs.events import read_event as read_event_module
from jobs.events.read_event import match_event
from models.connections.names import known_names, remember
from models.database.engine import ConstraintViolation
from models.deliveries import store as delivery_store
from models.maintenance.erase_tenant import erase_marked, mark_for_erasure
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, Bench, another_tenant, deal, link


def _states(bench: Bench, tenant_id: int) -> list[str]:
    return [event.state for event in bench.events(tenant_id)]


def test_an_event_that_kills_its_readers_takes_no_other_along(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.receive(tenants.ours, *(deal(number) for number in range(1, 6)))
    bench.receive(tenants.theirs, *(deal(number) for number in range(1, 6)))
    poison, fanned = bench.events(tenants.ours)[2].id, bench.fan_out
    deadly = EVENT_LOSSES_IN_COMPANY + MOST_LEASE_LOSSES
    for _ in range(60):
        token, events = fanned.claim(200)
        if any(event.id == poison and event.lease_losses < deadly for event in events):
            bench.clock.advance(LEASE.total_seconds() + 1)  # the process crashed
            continue
        fanned._process_events(token, events) if events else None

    assert _states(bench, tenants.ours) == ["done", "done", "failed", "done", "done"]
    assert len(bench.deliveries(tenants.ours)) == 4
    assert _states(bench, tenants.theirs) == ["done"] * 5
    assert [event.lease_losses for event in bench.events(tenants.ours)] == [1, 1, deadly, 1, 1]


def test_an_event_that_crashed_a_worker_is_read_beside_no_other(bench: Bench, tenants: TwoTenants) -> None:
    bench.receive(tenants.ours, *(deal(number) for number in range(3)))
    bench.fan_out.claim(100)
    bench.clock.advance(LEASE.total_seconds() + 1)
    bench.receive(tenants.theirs, *(deal(number) for number in range(3)))
    fanned = bench.another().fan_out

    claims = [[event.tenant_id for event in fanned.claim(100)[1]] for _ in range(2)]

    assert claims == [[tenants.ours], [tenants.theirs] * 3]


@pytest.mark.parametrize("stage", ["read", "match_event", "delivery_row"])
def test_an_unforeseen_failure_ends_one_event_and_no_other(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch, stage: str
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.receive(tenants.ours, deal(1), deal(666), deal(2))
    bench.receive(tenants.theirs, deal(1))
    module = fan_out_module if stage == "match_event" else read_event_module
    real = getattr(module, stage)

    def fail_on_poison(*arguments: Any) -> Any:
        if "Deal 666" in repr(arguments):
            raise ZeroDivisionError
        return real(*arguments)

    with monkeypatch.context() as broken:
        broken.setattr(module, stage, fail_on_poison)
        bench.spread()

    assert _states(bench, tenants.ours) == ["done", "failed", "done"]
    assert bench.events(tenants.ours)[1].outcome == "ZeroDivisionError while it was read; the bytes are kept"
    assert [len(bench.deliveries(tenant_id)) for tenant_id in tenants] == [2, 1]


def test_a_tenant_that_is_erased_meanwhile_delays_no_other(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    for tenant_id in tenants:
        bench.receive(tenant_id, deal(1))
    token, events = bench.fan_out.claim(100)
    with bench.database.writing_all() as session:
        mark_for_erasure(session, tenants.ours)
    erase_marked(bench.database)

    bench.fan_out._process_events(token, events)

    assert (_states(bench, tenants.ours), _states(bench, tenants.theirs)) == ([], ["done"])
    assert len(bench.deliveries(tenants.theirs)) == 1


def test_a_write_that_is_refused_is_split_until_one_event_is_to_blame(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.receive(tenants.ours, deal(1), deal(2), deal(3))
    bench.receive(tenants.theirs, deal(1))
    poison, create = bench.events(tenants.ours)[1].id, delivery_store.create_deliveries

    def refuse_poison(session: Any, rows: Any) -> None:
        if any(row["event_id"] == poison for row in rows):
            raise ConstraintViolation("INSERT", {}, Exception("refused"))
        create(session, rows)

    with monkeypatch.context() as broken:
        broken.setattr(delivery_store, "create_deliveries", refuse_poison)
        bench.fan_out.step()

    assert (_states(bench, tenants.ours), _states(bench, tenants.theirs)) == (
        ["done", "failed", "done"],
        ["done"],
    )
    assert [len(bench.deliveries(tenant_id)) for tenant_id in tenants] == [2, 1]


def test_names_told_in_a_refused_write_are_stored_by_the_next(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    bench.receive(tenants.ours, deal(1))
    tries = iter([ZeroDivisionError()])

    def refuse_once(*arguments: Any) -> None:
        for error in tries:
            raise error
        remember(*arguments)

    monkeypatch.setattr(fanned_out, "remember", refuse_once)
    bench.receive(tenants.theirs, deal(1))

    bench.fan_out.step()

    with bench.database.reading(tenants.ours) as session:
        assert known_names(session, tenants.ours)["deal", "1"].text == "Deal 1"


def test_a_tenant_with_slow_events_leaves_time_to_the_others(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.receive(tenants.ours, *(deal(number) for number in range(8)))
    bench.receive(tenants.theirs, deal(1))
    monkeypatch.setattr(fan_out_module, "TENANT_S", 0.05)

    def match_slowly(ruleset: Any, *more: Any) -> Any:
        time.sleep(0.03 * (ruleset.tenant_id == tenants.ours))
        return match_event(ruleset, *more)

    monkeypatch.setattr(fan_out_module, "match_event", match_slowly)

    assert bench.fan_out.step() == 9

    assert _states(bench, tenants.theirs) == ["done"]
    read = _states(bench, tenants.ours).count("done")
    assert 0 < read < 8
    assert {event.lease_until for event in bench.events(tenants.ours)} == {None}
    bench.spread()
    assert _states(bench, tenants.ours) == ["done"] * 8
    assert {event.lease_losses for event in bench.events(tenants.ours)} == {0}


def test_tenants_are_served_in_turns_of_as_many_as_a_step_serves(bench: Bench) -> None:
    many = [another_tenant(bench.database, f"Tenant {number}") for number in range(70)]
    for tenant_id in many:
        bench.receive(tenant_id, *(deal(number) for number in range(6)))

    steps = [{event.tenant_id for event in bench.fan_out.claim(100)[1]} for _ in range(3)]

    assert [len(each) for each in steps] == [32, 32, 6]
    assert set().union(*steps) == set(many)
