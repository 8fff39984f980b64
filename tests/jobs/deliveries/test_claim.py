"""What one message claims: a card of its own, or a burst coalesced; and what is given up unsent."""

from __future__ import annotations

from typing import Any, Final

import pytest

from jobs.deliveries.claim import FAILED_LANE_RESTS
from jobs.deliveries.retry import DELIVERY_LOSSES_IN_COMPANY, LEASE, MOST_LEASE_LOSSES
from models.deliveries import store as delivery_store
from models.deliveries.burst import MOST_LINES
from models.errors import DatabaseUnavailable
from models.tables import PipedriveUser
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, deal, link, title_of
from web.playground.faults import Fault

DEADLY_LOSSES: Final = DELIVERY_LOSSES_IN_COMPANY + MOST_LEASE_LOSSES


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
    assert str(card).count("Deal ") >= min(count, MOST_LINES)
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

    assert bench.titles() == ["Deal 3", "4 events in Pipedrive"]


def test_what_a_summary_coalesces_never_changes(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 5)
    bench.chat.faults.order(Fault(status=503))
    bench.send_due()

    bench.receive_deals(tenants.ours, 2, first=6)
    bench.send_all()

    assert bench.titles() == ["5 events in Pipedrive", "Deal 6", "Deal 7"]


def test_three_workers_that_died_over_a_card_alone_make_it_dead(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 2)
    for _ in range(DEADLY_LOSSES):
        assert len(bench.deliver.claim(10)) == 1
        bench.clock.advance(LEASE.total_seconds() + 1)

    bench.send_all(seconds=5)

    poison, other = bench.deliveries(tenants.ours)
    assert (poison.state, poison.reason) == ("dead", "the worker died over it three times")
    assert other.state == "delivered"
    assert bench.chat.writes()[0].body.count(b"Deal 2")


def test_cards_that_were_beside_a_deadly_one_are_not_to_blame(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.receive_deals(tenants.ours, 1)
    bench.receive_deals(tenants.theirs, 1)
    poison = bench.only(tenants.ours).id
    for _ in range(2 * DEADLY_LOSSES):
        messages = bench.deliver.claim(10)
        if any(message.head.id == poison for message in messages):
            bench.clock.advance(LEASE.total_seconds() + 1)  # the process crashed
        else:
            bench.deliver.finish([bench.deliver.send(message) for message in messages])

    assert bench.only(tenants.ours).state == "dead"
    innocent = bench.only(tenants.theirs)
    assert (innocent.state, innocent.lease_losses) == ("delivered", DELIVERY_LOSSES_IN_COMPANY)


def test_what_may_be_deadly_waits_until_nothing_else_is_on_its_way(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.receive_deals(tenants.ours, 1)
    for _ in range(DELIVERY_LOSSES_IN_COMPANY):
        bench.deliver.claim(10)
        bench.clock.advance(LEASE.total_seconds() + 1)
    bench.receive_deals(tenants.theirs, 1)

    busy = bench.deliver.claim(10, is_idle=False)

    assert ([each.head.tenant_id for each in busy], bench.deliver.needs_idle) == ([tenants.theirs], True)
    bench.deliver.give_back(busy)
    (alone,) = bench.deliver.claim(10, is_idle=True)
    assert (alone.head.tenant_id, alone.is_alone, bench.deliver.needs_idle) == (tenants.ours, True, False)
    assert bench.lane(tenants.theirs, OTHER_SPACE).lease_token is None


def test_a_lane_that_cannot_be_claimed_rests_and_the_others_go_on(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.receive_deals(tenants.ours, 5)
    bench.receive_deals(tenants.theirs, 5)
    coalesce = delivery_store.coalesce

    def refuse_ours(session: Any, head: Any, *more: Any) -> int:
        if head.tenant_id == tenants.ours:
            raise DatabaseUnavailable("canceling statement due to statement timeout")
        return coalesce(session, head, *more)

    with monkeypatch.context() as broken:
        broken.setattr(delivery_store, "coalesce", refuse_ours)
        assert [each.message.head.tenant_id for each in bench.send_due()] == [tenants.theirs]

    assert {each.state for each in bench.deliveries(tenants.theirs)} == {"delivered"}
    assert bench.send_due() == []
    bench.clock.advance(FAILED_LANE_RESTS.total_seconds())
    assert [each.message.count for each in bench.send_due()] == [5]


def test_a_summary_says_what_a_burst_comes_to_and_shows_wins_first(bench: Bench, tenants: TwoTenants) -> None:
    linked = link(bench.database, tenants.ours, name="All deals")
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.receive_deals(tenants.theirs, 5)
    bench.receive_deals(tenants.ours, 25)
    won = [deal(number, action="change", status="won", value=number) for number in (90, 91)]
    bench.receive(tenants.ours, *(body | {"previous": {"status": "open"}} for body in won))
    bench.spread()

    bench.send_due()

    (card,) = bench.chat.cards(SPACE)
    texts = str(card["cardsV2"])
    assert title_of(card) == "27 events in Pipedrive"
    assert "<b>2 won</b>, €181<br><b>25 new</b>, €2,500" in texts
    assert texts.index("Deal 91: Deal won") < texts.index("Deal 90: Deal won") < texts.index("Deal 1: New")
    assert "and 7 more" in texts
    assert f"Rule: {'All deals'}" in texts
    first = next(each for each in bench.deliveries(tenants.ours) if each.rule_id == linked.rule_id)
    assert f"'value': '{first.message_key}'" in texts


def test_a_restricted_deal_is_in_no_sum_and_has_no_name(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    with bench.database.writing(tenants.ours) as session:
        session.add_all(PipedriveUser(tenant_id=tenants.ours, pipedrive_id=each) for each in ("1", "2"))
    secret = deal(66, value=77_777, title="Falcon")
    secret["meta"]["permitted_user_ids"] = ["1"]
    bench.receive(tenants.ours, secret)
    bench.receive_deals(tenants.ours, 4)

    bench.send_due()

    (card,) = bench.chat.cards(SPACE)
    assert "<b>4 new</b>, €400<br><b>1 that not everybody may see</b>" in str(card)
    assert "A deal was added: withheld" in str(card)
    assert "Falcon" not in str(card)
    assert "77,777" not in str(card)


def test_one_event_that_two_rules_want_is_one_line_of_a_summary(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, name="One")
    link(bench.database, tenants.ours, name="Two")
    bench.receive_deals(tenants.ours, 4)

    bench.send_due()

    (card,) = bench.chat.cards(SPACE)
    assert title_of(card) == "4 events in Pipedrive"
    assert str(card).count("Deal 3") == 1
    assert "One, Two" in str(card)


def test_facts_that_cannot_be_read_cost_a_summary_its_lines_alone(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    bench.receive_deals(tenants.ours, 6)

    def refuse(*_: Any) -> Any:
        raise DatabaseUnavailable("refused")

    monkeypatch.setattr("jobs.deliveries.prepare.folded_events", refuse)
    bench.send_due()

    (card,) = bench.chat.cards(SPACE)
    assert title_of(card) == "6 events in Pipedrive"
    assert "and 5 more" in str(card)
