"""Retries and test cards: refused with a reason, or due at once and audited."""

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.deliveries import actions
from models.errors import InvalidRequest, NotFound
from models.tables import Delivery, DeliveryState, Destination, Role
from tests.chat import audit_of
from tests.conftest import TwoTenants
from tests.models.ended import deliveries, end, place_of


def acting(tenant_id: int) -> Actor:
    return Actor("ada@acme.test", tenant_id, role=Role.ADMIN, is_certain=True)


def test_a_dead_letter_goes_again(database: Database, tenants: TwoTenants) -> None:
    end(database, tenants.ours, place_of(database, tenants.ours))
    (dead,) = deliveries(database, tenants.ours)

    with database.writing(tenants.ours) as session:
        assert actions.retry_delivery(session, acting(tenants.ours), f"#{dead.id}") == 1

    assert deliveries(database, tenants.ours)[0].state == DeliveryState.PENDING
    assert len(audit_of(database, tenants.ours)) == 1


@pytest.mark.parametrize("number", ["999", "x", "", "9" * 30])
def test_a_number_that_is_none_of_ours_is_not_found(
    database: Database, tenants: TwoTenants, number: str
) -> None:
    end(database, tenants.theirs, place_of(database, tenants.theirs))
    (theirs,) = deliveries(database, tenants.theirs)

    for asked in (number, str(theirs.id)):
        with database.writing(tenants.ours) as session, pytest.raises(NotFound):
            actions.retry_delivery(session, acting(tenants.ours), asked)


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.HELD, DeliveryState.PENDING])
def test_what_has_arrived_or_is_on_its_way_does_not_go_again(
    database: Database, tenants: TwoTenants, state: DeliveryState
) -> None:
    end(database, tenants.ours, place_of(database, tenants.ours), state=state)
    (found,) = deliveries(database, tenants.ours)

    with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest):
        actions.retry_delivery(session, acting(tenants.ours), str(found.id))


def test_a_test_card_needs_a_destination_that_is_not_paused(database: Database, tenants: TwoTenants) -> None:
    wall = place_of(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        destination = session.get_one(Destination, (tenants.ours, wall.id))
        actions.send_test_card(session, acting(tenants.ours), destination)
        destination.is_active = False
        session.flush()
        with pytest.raises(InvalidRequest, match="paused"):
            actions.send_test_card(session, acting(tenants.ours), destination)

    with database.reading(tenants.ours) as session:
        (card,) = session.query(Delivery).all()
        assert (card.is_test, card.state) == (True, DeliveryState.PENDING)
