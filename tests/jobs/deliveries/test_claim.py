"""What one message claims: a card of its own, or a burst coalesced; and what is given up unsent."""

from __future__ import annotations

import pytest

from jobs.deliveries.claim import FIRST_LINES
from jobs.deliveries.retry import LEASE, MOST_LEASE_LOSSES
from tests.conftest import TwoTenants
from tests.engine import SPACE, Bench, deal, link, title_of
from web.playground.faults import Fault


@pytest.mark.parametrize("count", [1, 2, 3])
def test_up_to_three_due_cards_go_one_a_second(bench: Bench, tenants: TwoTenants, count: int) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, count)

    for _ in range(count):
        assert len(bench.send_due()) == 1
        assert bench.send_due() == []
        bench.clock.advance(0.99)
        assert bench.send_due() == []
        bench.clock.advance(0.01)

    assert bench.titles() == [f"Deal {number + 1}" for number in range(count)]


@pytest.mark.parametrize(("count", "more"), [(4, None), (20, None), (21, "and 1 more"), (73, "and 53 more")])
def test_more_than_three_are_coalesced_into_one_exact_summary(
    bench: Bench, tenants: TwoTenants, count: int, more: str | None
) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, count)

    bench.send_due()

    (card,) = bench.chat.cards(SPACE)
    assert title_of(card) == f"{count} events in Pipedrive"
    assert str(card).count("Deal ") >= min(count, FIRST_LINES)
    assert ("more" in str(card["cardsV2"])) == (more is not None)
    assert more is None or more in str(card["cardsV2"])
    assert {each.state for each in bench.deliveries(tenants.ours)} == {"delivered"}


def test_urgent_cards_are_never_coalesced(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, is_urgent=True)
    bench.receive_deals(tenants.ours, 6)

    bench.send_all()

    assert bench.titles() == [f"Deal {number}" for number in range(1, 7)]


def test_urgent_cards_stay_out_of_the_summary_around_them(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, on=["deal.created"])
    link(bench.database, tenants.ours, on=["deal.won"], is_urgent=True)
    bench.receive(tenants.ours, *(deal(number) for number in (1, 2)))
    bench.receive(tenants.ours, deal(3, action="change", status="won") | {"previous": {"status": "open"}})
    bench.receive(tenants.ours, *(deal(number) for number in (4, 5)))
    bench.spread()

    bench.send_all()

    assert bench.titles() == ["4 events in Pipedrive", "Deal 3"]


def test_what_a_summary_coalesces_never_changes(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 5)
    bench.chat.faults.order(Fault(status=503))
    bench.send_due()

    bench.receive_deals(tenants.ours, 2, first=6)
    bench.send_all()

    assert bench.titles() == ["5 events in Pipedrive", "Deal 6", "Deal 7"]


def test_three_workers_that_died_over_a_card_make_it_dead(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 2)
    for _ in range(MOST_LEASE_LOSSES):
        assert len(bench.deliver.claim(10)) == 1
        bench.clock.advance(LEASE.total_seconds() + 1)

    bench.send_all(seconds=5)

    poison, other = bench.deliveries(tenants.ours)
    assert (poison.state, poison.reason) == ("dead", "the worker died over it three times")
    assert other.state == "delivered"
    assert bench.chat.writes()[0].body.count(b"Deal 2")
