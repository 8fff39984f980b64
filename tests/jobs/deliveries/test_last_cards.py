"""The last card of an object shows its next change, where the rule says so; news comes as its own message."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.deliveries.last_cards import note_last_cards
from tests.conftest import TwoTenants
from tests.engine import SPACE as DEALS
from tests.engine import Bench, deal, link
from web.playground.faults import Fault


def changed(number: int, **data: Any) -> dict[str, Any]:
    previous = dict.fromkeys(data) | ({"status": "open"} if "status" in data else {})
    return deal(number, action="change", **data) | {"previous": previous}


def tell(bench: Bench, tenant_id: int, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        bench.receive(tenant_id, body)
        bench.spread()
        bench.send_all()


@pytest.fixture
def card(bench: Bench, tenants: TwoTenants) -> dict[str, Any]:
    """The card of deal 7, of a rule that changes it."""
    link(bench.database, tenants.ours, update_mode="card")
    tell(bench, tenants.ours, deal(7))
    (sent,) = bench.chat.cards(DEALS)
    return sent


def test_a_further_event_changes_the_card_and_adds_none(
    bench: Bench, card: dict[str, Any], tenants: TwoTenants
) -> None:
    tell(bench, tenants.ours, changed(7, title="Renamed"), changed(7, value=500))

    (now_shown,) = bench.chat.cards(DEALS)
    assert now_shown["name"] == card["name"]
    assert "Renamed" not in str(card)
    assert "500" in str(now_shown)
    assert {each.message_name for each in bench.deliveries(tenants.ours)} == {card["name"]}
    assert {each.state for each in bench.deliveries(tenants.ours)} == {"delivered"}


def test_another_object_has_its_own_card(bench: Bench, card: dict[str, Any], tenants: TwoTenants) -> None:
    tell(bench, tenants.ours, deal(8))

    assert len(bench.chat.cards(DEALS)) == 2
    assert bench.chat.cards(DEALS)[0] == card


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_win_or_a_loss_is_a_message_of_its_own_and_stays(
    bench: Bench, card: dict[str, Any], tenants: TwoTenants, status: str
) -> None:
    tell(bench, tenants.ours, changed(7, status=status))
    first, news = bench.chat.cards(DEALS)
    assert first == card
    tell(bench, tenants.ours, changed(7, value=500))

    assert bench.chat.cards(DEALS)[:2] == [first, news]
    assert len(bench.chat.cards(DEALS)) == 3


def test_what_is_urgent_is_a_message_of_its_own(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, update_mode="card", is_urgent=True)
    tell(bench, tenants.ours, deal(7), changed(7, value=500))

    assert len(bench.chat.cards(DEALS)) == 2


def test_rules_that_reply_send_new_messages(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    tell(bench, tenants.ours, deal(7), changed(7, value=500))

    assert len(bench.chat.cards(DEALS)) == 2


def test_a_deleted_card_is_replaced_by_a_new_one(
    bench: Bench, card: dict[str, Any], tenants: TwoTenants
) -> None:
    gone = bench.chat.store.find(card["name"])
    assert gone is not None
    bench.chat.store.delete(gone)
    tell(bench, tenants.ours, changed(7, value=500))

    (sent,) = bench.chat.cards(DEALS)
    assert sent["name"] != card["name"]


def test_a_change_that_fails_is_tried_again(bench: Bench, card: dict[str, Any], tenants: TwoTenants) -> None:
    bench.chat.faults.order(Fault(times=1, status=503))
    tell(bench, tenants.ours, changed(7, value=500))

    (sent,) = bench.chat.cards(DEALS)
    assert sent["name"] == card["name"]
    assert "500" in str(sent)


def test_without_messages_nothing_is_read(bench: Bench) -> None:
    note_last_cards(bench.database, [])
