"""What a response costs: a 429 no attempt but a pause of the whole space, any other error an attempt.

A worker that stood still sends under a lease that it has lost: what people see is recorded.
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import update

from jobs.deliveries.retry import LADDER
from models.deliveries import lanes
from models.deliveries import store as delivery_store
from models.operating.measurements import ATTEMPTS, DELIVERY_SECONDS, SENT, Measurements, read_measurements
from models.tables import Delivery, Destination
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, deal, link, title_of
from web.playground.faults import Fault


def test_a_429_waits_as_chat_demands_and_costs_no_attempt(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(status=429, headers={"Retry-After": "7"}))
    bench.receive_deals(tenants.ours, 2)
    asked = bench.clock.at

    bench.send_due()

    first, second = bench.deliveries(tenants.ours)
    assert (first.state, first.attempts, first.waiting_since) == ("pending", 0, None)
    bench.clock.at = asked + timedelta(seconds=6.9)
    assert bench.send_due() == []  # the space's other card waits, too
    bench.clock.at = asked + timedelta(seconds=7)
    bench.send_all()
    assert [title_of(card) for card in bench.chat.cards(SPACE)] == ["Deal 1", "Deal 2"]
    assert second.attempts == 0
    assert [each.outcome for each in bench.attempts(tenants.ours)] == [
        "rate_limited",
        "delivered",
        "delivered",
    ]


def test_a_429_that_says_nothing_doubles_its_wait_up_to_64_seconds(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=9, status=429))
    bench.receive_deals(tenants.ours, 1)

    for least in (1, 2, 4, 8, 16, 32, 64, 64, 64):
        at = bench.clock.at
        assert len(bench.send_due()) == 1
        free_at = bench.lane(tenants.ours).free_at
        assert free_at is not None
        assert least <= (free_at - at).total_seconds() <= least + 1
        bench.clock.at = free_at
    bench.send_due()

    assert bench.deliveries(tenants.ours)[0].attempts == 1
    assert bench.lane(tenants.ours).backoff == 0


def test_other_spaces_and_tenants_go_on_beside_a_429(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.chat.faults.order(Fault(times=50, status=429, where=SPACE))
    bench.receive_deals(tenants.ours, 1)
    bench.receive_deals(tenants.theirs, 1)

    bench.send_due()

    assert len(bench.chat.cards(OTHER_SPACE)) == 1
    assert bench.deliveries(tenants.ours)[0].state == "pending"


def test_the_ladder_is_climbed_rung_by_rung_and_then_it_is_dead(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=100, status=500))
    bench.receive_deals(tenants.ours, 1)

    for rung, seconds in enumerate(LADDER, start=1):
        failed_at = bench.clock.at
        bench.send_due()
        kept = bench.only(tenants.ours)
        assert (kept.state, kept.attempts) == ("pending", rung)
        waits = (kept.next_attempt_at - failed_at).total_seconds()
        assert seconds <= waits <= seconds * 1.2
        bench.clock.at = max(kept.next_attempt_at, failed_at + timedelta(seconds=1))
    bench.send_due()

    kept = bench.only(tenants.ours)
    assert (kept.state, kept.attempts) == ("dead", len(LADDER) + 1)
    assert kept.reason.startswith("500")
    assert [each.outcome for each in bench.attempts(tenants.ours)] == ["retry"] * 11


def test_a_dead_letter_can_be_replayed(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=2, status=400))
    bench.receive_deals(tenants.ours, 1)
    bench.send_all()
    dead = bench.only(tenants.ours)
    assert dead.state == "dead"

    with bench.database.writing_all() as session:
        assert delivery_store.replay(session, tenants.theirs, [dead.id], bench.clock.at) == []
        again = delivery_store.replay(session, tenants.ours, [dead.id], bench.clock.at)
        lanes.mark_due(session, [(each.tenant_id, each.lane, bench.clock.at) for each in again])
    bench.clock.advance(1)
    bench.send_due()

    assert "Deal 1" in bench.chat.cards(SPACE)[0]["text"]
    assert bench.only(tenants.ours).attempts == 1


def test_later_cards_wait_for_a_retry(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=3, status=503))
    bench.receive_deals(tenants.ours, 2)

    bench.send_all()

    assert bench.titles() == ["Deal 1", "Deal 2"]


def test_later_cards_pass_after_a_minute(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=4, status=503))
    bench.receive_deals(tenants.ours, 2)
    failed_at = bench.clock.at

    bench.send_all()

    assert bench.titles() == ["Deal 2", "Deal 1"]
    passed = bench.deliveries(tenants.ours)[1].finished_at
    assert passed is not None
    assert 60 <= (passed - failed_at).total_seconds() <= 62


@pytest.mark.parametrize("status", [403, 404])
def test_a_closed_space_pauses_its_destination(bench: Bench, tenants: TwoTenants, status: int) -> None:
    linked = link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(status=status))
    bench.receive_deals(tenants.ours, 2)

    bench.send_all(seconds=10)

    with bench.database.reading(tenants.ours) as session:
        to = session.get_one(Destination, (tenants.ours, linked.destination_id))
    assert (to.is_active, str(status) in str(to.paused_because)) == (False, True)
    assert [each.state for each in bench.deliveries(tenants.ours)] == ["dead", "dead"]
    assert "paused" in bench.deliveries(tenants.ours)[1].reason
    assert len(bench.chat.writes()) == 1


def test_a_paused_destination_of_one_tenant_is_nobody_elses(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.chat.faults.order(Fault(status=404, where=SPACE))
    bench.receive_deals(tenants.ours, 1)
    bench.receive_deals(tenants.theirs, 1)

    bench.send_all(seconds=5)

    assert [each.state for each in bench.deliveries(tenants.theirs)] == ["delivered"]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> Measurements:
    made = Measurements()
    monkeypatch.setattr("jobs.deliveries.results.MEASUREMENTS", made)
    return made


def _read(bench: Bench, measured: Measurements) -> dict[str, dict[str, float]]:
    measured.store(bench.database)
    with bench.database.reading_all() as session:
        return read_measurements(session)


def test_each_attempt_is_counted_and_each_card_measured_from_its_webhook(
    bench: Bench, tenants: TwoTenants, measured: Measurements
) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(status=503))
    bench.receive(tenants.ours, deal(1))
    bench.clock.advance(3)  # nobody read it yet
    bench.spread()
    bench.send_all()
    found = _read(bench, measured)
    assert found[ATTEMPTS] == {"retry": 1, "delivered": 1}
    assert found[SENT] == {"chat_space": 1}
    assert found[DELIVERY_SECONDS]["5"] == 1  # 3 s and the first rung of the ladder


def test_each_card_of_one_message_counts_as_sent_by_its_channel(
    bench: Bench, tenants: TwoTenants, measured: Measurements
) -> None:
    for tenant_id, space in zip(tenants, (SPACE, OTHER_SPACE), strict=True):
        link(bench.database, tenant_id, space)
        bench.receive_deals(tenant_id, 20)
    bench.send_all()
    found = _read(bench, measured)
    assert found[SENT] == {"chat_space": 40}
    assert found[ATTEMPTS]["delivered"] < 40


def test_a_card_that_is_sent_again_is_measured_from_then(
    bench: Bench, tenants: TwoTenants, measured: Measurements
) -> None:
    link(bench.database, tenants.ours)
    bench.chat.faults.order(Fault(times=2, status=400))
    bench.receive_deals(tenants.ours, 1)
    bench.send_all()
    bench.clock.advance(3600)
    dead = bench.only(tenants.ours)
    with bench.database.writing(tenants.ours) as session:
        delivery_store.replay(session, tenants.ours, [dead.id], bench.clock.at)
    bench.send_all()
    found = _read(bench, measured)
    assert found[ATTEMPTS] == {"refused": 2, "delivered": 1}
    assert found[DELIVERY_SECONDS] == {"0.01": 1, "sum": 0}


@pytest.mark.parametrize("state", ["pending", "held", "skipped", "dead"])
def test_what_arrived_under_a_lost_lease_is_recorded_where_nobody_sends_it(
    bench: Bench, tenants: TwoTenants, state: str
) -> None:
    """A worker stood still before its request, and its space was paused meanwhile."""
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    for tenant_id in tenants:
        bench.receive_deals(tenant_id, 1)
    results = [bench.deliver.send(each) for each in bench.deliver.claim(10)]
    late = [each for each in results if each.message.head.tenant_id == tenants.ours]
    meanwhile = {"state": state, "reason": "paused by ada", "lease_token": None, "lease_until": None}
    with bench.database.writing_all() as session:
        session.execute(update(Delivery).values(meanwhile))

    bench.deliver.finish(late)

    ours, theirs = (bench.only(each) for each in tenants)
    assert (ours.state, ours.reason, ours.attempts, ours.message_name is None) == ("delivered", "", 1, False)
    assert theirs.state == state


def test_what_a_mute_has_gathered_stays_with_its_summary(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 1)
    (message,) = bench.deliver.claim(10)
    late = bench.deliver.send(message)
    gathered = {"state": "skipped", "gathered_for": "mute-1", "lease_token": None, "lease_until": None}
    with bench.database.writing_all() as session:
        session.execute(update(Delivery).values(gathered))

    bench.deliver.finish([late])

    assert bench.only(tenants.ours).state == "skipped"
