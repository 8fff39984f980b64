"""The cards of an object are found again in every space, and wait until the space may be written."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update

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
from models.tables import CardCopy, Lane
from tests.conftest import TwoTenants
from tests.models.acting import SPACE, deliver, due_copies_of, later


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
    with database.writing_all() as session:
        record_copies(session, [])
        record_copies(
            session, [row | {"message_name": first.message_name, "entity": "deal", "object_id": "7"}]
        )
    with database.reading(tenants.ours) as session:
        rows = session.scalars(select(CardCopy).where(CardCopy.tenant_id == tenants.ours))
        assert {each.delivery_id for each in rows} == {second.id}
        assert lanes_with(session, tenants.ours, "deal", "7") == {SPACE}


def test_a_deleted_message_is_forgotten(database: Database, tenants: TwoTenants) -> None:
    deliver(database, tenants.ours)
    mark(database, tenants.ours)
    with database.reading_all() as session:
        (gone,) = due_copies(session, later(1), 50)
    with database.writing(tenants.ours) as session:
        forget_copy(session, gone)
        assert lanes_with(session, tenants.ours, "deal", "7") == set()
