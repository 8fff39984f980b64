"""The last card of an object shows its next change, where the rule says so; news comes as its own message."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jobs.deliveries.last_cards import note_last_cards
from jobs.deliveries.retry import LEASE
from models.deliveries.reasons import NEWER_SHOWN
from models.pipedrive.signal import STALLED, signal_body
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, Bench, deal, link
from tests.engine import SPACE as DEALS
from web.playground.faults import Fault


def changed(number: int, **data: Any) -> dict[str, Any]:
    previous = dict.fromkeys(data) | ({"status": "open"} if "status" in data else {})
    return deal(number, action="change", **data) | {"previous": previous}


def changed_at(bench: Bench, minute: int, **data: Any) -> dict[str, Any]:
    """Deal 7, changed so many minutes after an hour ago."""
    at = bench.clock.at.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    body = changed(7, **data)
    body["meta"]["timestamp"] = (at + timedelta(minutes=minute)).isoformat()
    return body


def ends(bench: Bench, tenant_id: int) -> list[tuple[str, str]]:
    return [(each.state, each.reason) for each in bench.deliveries(tenant_id)]


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


def test_an_older_change_that_comes_late_leaves_the_newer_one_on_the_card(
    bench: Bench, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours, update_mode="card")
    link(bench.database, tenants.theirs, OTHER_SPACE, update_mode="card")
    tell(bench, tenants.ours, changed_at(bench, 5, value=61234), changed_at(bench, 0, value=51234))
    tell(bench, tenants.theirs, changed_at(bench, 0, value=51234), changed_at(bench, 5, value=61234))

    for space in (DEALS, OTHER_SPACE):
        (shown,) = bench.chat.cards(space)
        assert "61,234" in str(shown)
        assert "51,234" not in str(shown)
    assert ends(bench, tenants.ours) == [("delivered", ""), ("skipped", NEWER_SHOWN)]
    assert ends(bench, tenants.theirs) == [("delivered", ""), ("delivered", "")]
    first, late = bench.deliveries(tenants.ours)
    assert late.finished_at is not None
    assert {each.delivery_id for each in bench.attempts(tenants.ours)} == {first.id}


def test_what_comes_after_a_late_change_is_shown_at_once(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, update_mode="card")
    tell(bench, tenants.ours, changed_at(bench, 5, value=600))
    bench.receive(tenants.ours, changed_at(bench, 0, value=500), changed_at(bench, 6, value=700))
    bench.spread()
    bench.clock.advance(1)
    begun = bench.clock.at

    assert bench.send_due() == []
    assert bench.deliver.next_due == begun
    assert len(bench.send_due()) == 1
    (shown,) = bench.chat.cards(DEALS)
    assert "700" in str(shown)


def test_a_late_change_whose_worker_died_is_judged_again(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, update_mode="card")
    tell(bench, tenants.ours, changed_at(bench, 5, value=600))
    bench.receive(tenants.ours, changed_at(bench, 0, value=500))
    bench.spread()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bench.deliver, "give_back", lambda _: None)  # it dies before
        bench.clock.advance(1)
        assert bench.send_due() == []
    assert bench.deliveries(tenants.ours)[1].state == "sending"
    bench.clock.advance(LEASE.total_seconds() + 1)
    bench.another().send_all()

    assert ends(bench, tenants.ours)[1] == ("skipped", NEWER_SHOWN)


def test_a_late_change_is_a_message_of_its_own_where_rules_do_not_change_cards(
    bench: Bench, tenants: TwoTenants
) -> None:
    link(bench.database, tenants.ours)
    tell(bench, tenants.ours, changed_at(bench, 5, value=600), changed_at(bench, 0, value=500))

    assert len(bench.chat.cards(DEALS)) == 2


def test_a_stalled_deal_changes_the_card_of_its_last_change(bench: Bench, tenants: TwoTenants) -> None:
    """Its event is ours, and has the time of that change."""
    link(bench.database, tenants.ours, update_mode="card")
    last = changed_at(bench, 5, value=600)
    last["data"]["update_time"] = last["meta"]["timestamp"]
    last["meta"]["timestamp"] = last["meta"]["timestamp"].replace(":00+", ":00.700+")
    tell(bench, tenants.ours, last)
    stalled = last["data"] | {"stalled_days": 3}
    body = signal_body(STALLED, "7", stalled, bench.clock.at, key="s1", company_id="12345", seen_by=None)
    tell(bench, tenants.ours, body)

    assert len(bench.chat.cards(DEALS)) == 1
    assert ends(bench, tenants.ours) == [("delivered", ""), ("delivered", "")]


def test_without_messages_nothing_is_read(bench: Bench) -> None:
    note_last_cards(bench.database, [])
