"""Events that make no second card: what was pressed on one, and what a rule with `update: card` wants.

Such a rule changes the last card of an object in a space; news is never hidden by it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jobs.events.echoes import skip_echoes
from models.card_actions.actions import CardPress, record_press
from models.clock import now
from models.database.engine import Database
from models.events.claims import ClaimedEvent
from models.pipedrive.change import read
from tests.conftest import TwoTenants
from tests.models.acting import SPACE, add_person, deliver, press_on

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


def test_the_deal_of_a_converted_lead_is_shown_where_the_lead_was(
    database: Database, tenants: TwoTenants
) -> None:
    """Its cards are already those of the deal when the webhook comes late."""
    ada = add_person(database, tenants.ours)
    deliver(database, tenants.ours, space=OTHER)
    with database.writing(tenants.ours) as session:
        press = CardPress("k", "lead.convert", None, "lead", "3f1c", SPACE, {"title": "Deal"}, now())
        made = record_press(session, ada, press).action
        made.state, made.started_at, made.finished_at = "done", now() - timedelta(seconds=1), now()
        made.result_id = "7"
    event = move(tenants.ours)
    created = {"action": "create", "entity": "deal", "entity_id": "7", "id": "m", "version": "2.0"}
    event.change = read({"meta": created, "data": {"id": 7, "title": "Deal"}, "previous": None})

    assert states(database, event, rows(tenants.ours)) == ["skipped", "skipped", "pending"]
