"""The cards of an object are found again in every space, and wait until the space may be written."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from models.card_actions.actions import record_press
from models.card_actions.copies import (
    due_copies,
    finish_copy,
    forget_copy,
    lanes_with,
    mark_due,
    record_copies,
)
from models.clock import now
from models.database.engine import Database
from models.tables import CardCopy, Delivery, Lane, LeadScore
from tests.conftest import TwoTenants
from tests.models.acting import SPACE, add_person, body_of, deliver, due_copies_of, later, press_on
from tests.models.rows import add


def mark(database: Database, tenant_id: int, pressed: int = 0) -> None:
    with database.writing(tenant_id) as session:
        mark_due(session, tenant_id, "deal", "7", pressed, now())


def names_due(database: Database) -> list[str]:
    with database.reading_all() as session:
        return [copy.message_name for copy in due_copies(session, later(1), 50)]


def test_the_newest_cards_of_a_space_follow_and_the_one_that_was_pressed(
    database: Database, tenants: TwoTenants
) -> None:
    oldest, *_ = [deliver(database, tenants.ours) for _ in range(6)]
    mark(database, tenants.ours)
    assert len(due_copies_of(database, tenants.ours)) == 3
    mark(database, tenants.ours, oldest.id)
    assert len(due_copies_of(database, tenants.ours)) == 4


@pytest.mark.parametrize(
    ("entity", "seconds", "is_due"),
    [("lead", 1, True), ("lead", -1, False), ("deal", 1, True), ("person", 1, False)],
)
def test_a_card_that_arrives_after_its_lead_was_scored_follows(
    database: Database, tenants: TwoTenants, entity: str, seconds: int, is_due: bool
) -> None:
    shown = deliver(database, tenants.ours, body_of(entity, "7"))
    reasons: list[dict[str, Any]] = []
    for each in tenants:
        scored = {"entity": entity, "object_id": "7", "at": later(seconds), "score": 5, "band": "cold"}
        add(database, LeadScore(tenant_id=each, reasons=reasons, **scored))
    arrived = {"tenant_id": tenants.ours, "delivery_id": shown.id, "lane": SPACE, "message_name": "m"}
    arrived |= {"entity": entity, "object_id": "7", "created_at": now(), "shows_since": now()}
    with database.writing_all() as session:
        record_copies(session, [arrived])

    assert due_copies_of(database, tenants.ours) == ([SPACE] if is_due else [])


def test_one_card_of_a_space_is_drawn_at_a_time(database: Database, tenants: TwoTenants) -> None:
    first, _ = deliver(database, tenants.ours), deliver(database, tenants.ours)
    mark(database, tenants.ours)

    assert names_due(database) == [first.message_name]


@pytest.mark.parametrize("column", ["due_at", "free_at", "lease_until"])
def test_an_update_waits_behind_due_cards_rests_and_leases(
    database: Database, tenants: TwoTenants, column: str
) -> None:
    deliver(database, tenants.ours)
    mark(database, tenants.ours)
    until = now() - timedelta(seconds=5) if column == "due_at" else later(60)
    with database.writing(tenants.ours) as session:
        mine = (Lane.tenant_id == tenants.ours, Lane.lane == SPACE)
        session.execute(update(Lane).where(*mine).values({column: until}))

    assert names_due(database) == []


def test_a_newer_change_keeps_a_card_due(database: Database, tenants: TwoTenants) -> None:
    deliver(database, tenants.ours)
    mark(database, tenants.ours)
    with database.reading_all() as session:
        (drawn,) = due_copies(session, later(1), 50)
    mark(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        finish_copy(session, drawn)
    assert due_copies_of(database, tenants.ours) == [SPACE]

    with database.reading_all() as session:
        (drawn,) = due_copies(session, later(1), 50)
    with database.writing(tenants.ours) as session:
        finish_copy(session, drawn)
    assert due_copies_of(database, tenants.ours) == []


def test_a_message_shows_the_delivery_it_was_recorded_with(database: Database, tenants: TwoTenants) -> None:
    first, second = deliver(database, tenants.ours), deliver(database, tenants.ours)
    row = {"tenant_id": tenants.ours, "delivery_id": second.id, "lane": SPACE, "created_at": now()}
    row["shows_since"] = now()
    with database.writing_all() as session:
        record_copies(session, [])
        record_copies(
            session, [row | {"message_name": first.message_name, "entity": "deal", "object_id": "7"}]
        )
    with database.reading(tenants.ours) as session:
        rows = session.scalars(select(CardCopy).where(CardCopy.tenant_id == tenants.ours))
        assert {each.delivery_id for each in rows} == {second.id}
        assert lanes_with(session, tenants.ours, "deal", "7") == {SPACE}


def arrive(database: Database, card: Delivery, shows_since: datetime) -> None:
    """Record a card, as if it had just arrived and were built from what was known then."""
    row = {"tenant_id": card.tenant_id, "delivery_id": card.id, "lane": SPACE, "created_at": now()}
    row |= {"message_name": card.message_name, "entity": "deal", "object_id": "7", "shows_since": shows_since}
    with database.writing_all() as session:
        record_copies(session, [row])


def test_a_card_that_arrives_after_a_press_is_drawn_again(database: Database, tenants: TwoTenants) -> None:
    """A worker that dies between Chat and its record leaves a card that a press cannot find."""
    ours, theirs = deliver(database, tenants.ours), deliver(database, tenants.theirs)
    ada = add_person(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        record_press(session, ada, press_on(ours, "deal.won"))
    before = now() - timedelta(minutes=1)
    for card in (ours, theirs):
        arrive(database, card, before)
    assert due_copies_of(database, tenants.ours) == [SPACE]
    assert due_copies_of(database, tenants.theirs) == [], "nobody of theirs pressed"

    arrive(database, ours, later(1))
    assert due_copies_of(database, tenants.ours) == [], "it was built after the press"


def test_a_deleted_message_is_forgotten(database: Database, tenants: TwoTenants) -> None:
    deliver(database, tenants.ours)
    mark(database, tenants.ours)
    with database.reading_all() as session:
        (gone,) = due_copies(session, later(1), 50)
    with database.writing(tenants.ours) as session:
        forget_copy(session, gone)
        assert lanes_with(session, tenants.ours, "deal", "7") == set()
