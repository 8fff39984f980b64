"""A few new events are read without a lease: once, in order, and not those that may kill a worker."""

from __future__ import annotations

import pytest

from jobs.deliveries.retry import LEASE
from jobs.events.unclaimed import FEW
from models.events.claims import ClaimedEvent
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, Bench, deal, link


@pytest.fixture
def ready(bench: Bench, tenants: TwoTenants) -> Bench:
    """A process that has begun, and two tenants with a rule each."""
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    assert read(bench) == []
    return bench


def read(bench: Bench) -> list[ClaimedEvent] | None:
    with bench.database.reading_all() as session:
        return bench.fan_out.unclaimed.read_in(session)


def read_some(bench: Bench) -> list[ClaimedEvent]:
    found = read(bench)
    assert found is not None
    return found


def test_new_events_of_all_tenants_are_read_in_their_order(ready: Bench, tenants: TwoTenants) -> None:
    ready.receive(tenants.theirs, deal(1))
    ready.receive(tenants.ours, deal(2))

    found = read_some(ready)

    assert [event.tenant_id for event in found] == [tenants.theirs, tenants.ours]
    assert ready.fan_out.process("", found)
    assert (read(ready), ready.titles()) == ([], [])
    assert [len(ready.deliveries(each)) for each in tenants] == [1, 1]


def test_what_was_stored_before_the_process_began_is_claimed(bench: Bench, tenants: TwoTenants) -> None:
    bench.receive(tenants.ours, deal(1))

    assert read(bench) is None


def test_many_are_claimed(ready: Bench, tenants: TwoTenants) -> None:
    for number in range(FEW):
        ready.receive(tenants.ours, deal(number))
    assert len(read_some(ready)) == FEW
    ready.receive(tenants.theirs, deal(FEW))

    assert read(ready) is None


def test_what_another_worker_claimed_is_not_read_beside_it(ready: Bench, tenants: TwoTenants) -> None:
    ready.receive(tenants.ours, deal(1))
    token, (claimed,) = ready.another().fan_out.claim()
    ready.receive(tenants.ours, deal(2))

    assert read(ready) is None

    assert ready.fan_out.process(token, [claimed])
    assert [event.id for event in read_some(ready)] == [claimed.id + 1]


def test_what_a_lost_worker_had_claimed_is_claimed_again(ready: Bench, tenants: TwoTenants) -> None:
    ready.receive(tenants.ours, deal(1))
    ready.another().fan_out.claim()
    ready.clock.advance(LEASE.total_seconds() + 1)

    assert read(ready) is None


def test_two_workers_that_read_the_same_events_make_one_delivery_of_each_in_order(
    ready: Bench, tenants: TwoTenants
) -> None:
    other = ready.another()
    assert read(other) == []
    ready.receive(tenants.ours, deal(1))
    first = read_some(ready)
    ready.receive(tenants.ours, deal(2))
    both = read_some(other)

    assert other.fan_out.process("", both)
    assert ready.fan_out.process("", first)

    ready.send_all()
    assert ready.titles() == ["Deal 1", "Deal 2"]


def test_events_that_failed_together_are_claimed_next_time(ready: Bench, tenants: TwoTenants) -> None:
    ready.receive(tenants.ours, deal(1))
    events = read_some(ready)

    ready.fan_out.unclaimed.claim_next_time(events)

    assert read(ready) is None
    assert ready.spread() == 1
