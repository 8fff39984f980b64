"""Queries about deliveries: the log, the counts of a day, the newest test card."""

from datetime import timedelta

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.deliveries import queries
from models.deliveries.counts import count_by_state
from models.tables import DeliveryState
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.ended import add_destination, end

ADMIN = Actor("ada@acme.test", role="admin")


@pytest.fixture
def filled(database: Database, tenants: TwoTenants) -> Database:
    wall = add_destination(database, tenants.ours)
    for state, count in ((DeliveryState.DELIVERED, 2), (DeliveryState.HELD, 1), (DeliveryState.DEAD, 3)):
        end(database, tenants.ours, wall, count, state=state)
    end(database, tenants.theirs, add_destination(database, tenants.theirs, "Theirs"))
    return database


def test_the_log_is_ours_newest_first_page_by_page(filled: Database, tenants: TwoTenants) -> None:
    with filled.reading(tenants.ours) as session:
        first = queries.read_log(session, tenants.ours, reader=ADMIN, limit=4)
        rest = queries.read_log(session, tenants.ours, reader=ADMIN, offset=4, limit=4)
        held = queries.read_log(session, tenants.ours, reader=ADMIN, state=DeliveryState.HELD, limit=4)

    ids = [delivery.id for delivery, _, _ in (*first, *rest)]
    assert ids == sorted(ids, reverse=True)
    assert (len(first), len(rest), len(held)) == (4, 2, 1)


def test_a_day_is_counted_without_tests_and_notices(filled: Database, tenants: TwoTenants) -> None:
    end(filled, tenants.ours, None, 1, state=DeliveryState.DELIVERED, is_test=True)

    with filled.reading(tenants.ours) as session:
        today = queries.count_deliveries(session, tenants.ours, NOON)
        tomorrow = queries.count_deliveries(session, tenants.ours, NOON + timedelta(days=1))

    assert (today.sent_today, today.held, today.failed) == (2, 1, 3)
    assert (tomorrow.sent_today, tomorrow.held, tomorrow.failed) == (0, 1, 0)
    assert today.last_sent == tomorrow.last_sent == NOON + timedelta(hours=1)


def test_the_newest_test_card_of_a_destination_is_found(filled: Database, tenants: TwoTenants) -> None:
    with filled.reading(tenants.ours) as session:
        assert queries.newest_test_card(session, tenants.ours, among=100) is None
        assert queries.has_delivered(session, tenants.ours)
    end(filled, tenants.ours, None, 2, state=DeliveryState.DELIVERED, is_test=True)

    with filled.reading(tenants.ours) as session:
        newest = queries.newest_test_card(session, tenants.ours, among=100)
        assert newest is not None
        assert newest.id == max(
            row.id for row, _, _ in queries.read_log(session, tenants.ours, reader=ADMIN, limit=1)
        )


def test_all_tenants_are_counted_by_state(filled: Database) -> None:
    with filled.reading_all() as session:
        assert count_by_state(session) == {"delivered": 2, "held": 1, "dead": 4}


def test_who_may_read_little_makes_nobody_read_a_long_history(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.deliveries.queries.MOST_SEARCHED", 3)
    wall = add_destination(database, tenants.ours)
    for number in range(5):
        end(database, tenants.ours, wall, destination_name=f"{number % 2}@acme.test")
    reader = Actor("0@acme.test", tenants.ours, role="sales_rep", is_certain=True)
    with database.reading(tenants.ours) as session:
        mine = queries.read_log(session, tenants.ours, reader=reader, limit=10)
        every = queries.read_log(session, tenants.ours, reader=ADMIN, limit=10)
    assert [entry[0].destination_name for entry in mine] == ["0@acme.test"] * 2
    assert len(every) == 5
