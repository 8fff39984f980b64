"""Events that make no second card: what was pressed on one, and what a rule with `update: card` wants.

Such a rule changes the last card of an object in a space; news is never hidden by it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jobs.deliveries.echoes import skip_echoes
from jobs.deliveries.last_cards import note_last_cards
from models.card_actions.actions import record_press
from models.clock import now
from models.database.engine import Database
from models.events.claims import ClaimedEvent
from models.pipedrive.change import read
from tests.conftest import TwoTenants
from tests.engine import SPACE as DEALS
from tests.engine import Bench, deal, link
from tests.models.acting import SPACE, add_person, deliver, press_on
from web.playground.faults import Fault

OTHER, NEW = "spaces/OTHER", "spaces/NEW"


def move(tenant_id: int, **data: Any) -> ClaimedEvent:
    meta = {"action": "change", "entity": "deal", "entity_id": "7", "id": "m", "version": "2.0"}
    change = read({"meta": meta, "data": {"id": 7, "title": "Deal", **data}, "previous": dict.fromkeys(data)})
    event = ClaimedEvent(1, tenant_id, b"", now(), 0)
    event.change = change
    return event


def rows(tenant_id: int, **more: Any) -> list[dict[str, Any]]:
    usual = {"tenant_id": tenant_id, "event_id": 1, "state": "pending", "reason": "", "is_urgent": False}
    return [{**usual, "lane": lane, **more} for lane in (SPACE, OTHER, NEW)]


@pytest.fixture
def moved(database: Database, tenants: TwoTenants) -> int:
    """Ada moved deal 7 on its card; another space has a card of it, too."""
    ada, card = add_person(database, tenants.ours), deliver(database, tenants.ours)
    deliver(database, tenants.ours, space=OTHER)
    with database.writing(tenants.ours) as session:
        made = record_press(session, ada, press_on(card, "deal.move")).action
        made.state, made.started_at = "writing", now() - timedelta(seconds=1)
    return tenants.ours


def states(database: Database, event: ClaimedEvent, made: list[dict[str, Any]]) -> list[str]:
    with database.reading_all() as session:
        skip_echoes(session, [event], made, now())
    return [str(each["state"]) for each in made]


def test_spaces_whose_cards_show_it_get_no_second_one(database: Database, moved: int) -> None:
    made = rows(moved)
    assert states(database, move(moved, stage_id=2), made) == ["skipped", "skipped", "pending"]
    assert made[0]["finished_at"] is not None


def test_what_is_urgent_comes_wherever_it_was_not_pressed(database: Database, moved: int) -> None:
    assert states(database, move(moved, stage_id=2), rows(moved, is_urgent=True)) == [
        "skipped",
        "pending",
        "pending",
    ]


def test_another_change_of_the_same_deal_is_news(database: Database, moved: int) -> None:
    assert states(database, move(moved, stage_id=5), rows(moved)) == ["pending"] * 3


def test_another_tenants_press_hides_nothing(database: Database, moved: int, tenants: TwoTenants) -> None:
    assert moved == tenants.ours
    assert states(database, move(tenants.theirs, stage_id=2), rows(tenants.theirs)) == ["pending"] * 3


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
