"""Retries and test cards: refused with a reason, or due at once and audited."""

import pytest

from models.accounts.actor import Actor
from models.database.engine import Database
from models.deliveries import actions
from models.destinations.removal import REMOVED
from models.errors import InvalidRequest, NotFound
from models.tables import Delivery, DeliveryState, Destination, Role, Space, User
from tests.chat import audit_of
from tests.conftest import TwoTenants
from tests.models.ended import add_destination, deliveries, end
from tests.models.rows import add


def acting(tenant_id: int) -> Actor:
    return Actor("ada@acme.test", tenant_id, role=Role.ADMIN, is_certain=True)


def test_a_dead_letter_goes_again(database: Database, tenants: TwoTenants) -> None:
    end(database, tenants.ours, add_destination(database, tenants.ours))
    (dead,) = deliveries(database, tenants.ours)

    with database.writing(tenants.ours) as session:
        assert actions.retry_delivery(session, acting(tenants.ours), f"#{dead.id}") == 1

    assert deliveries(database, tenants.ours)[0].state == DeliveryState.PENDING
    assert len(audit_of(database, tenants.ours)) == 1


@pytest.mark.parametrize("number", ["999", "x", "", "9" * 30])
def test_a_number_that_is_none_of_ours_is_not_found(
    database: Database, tenants: TwoTenants, number: str
) -> None:
    end(database, tenants.theirs, add_destination(database, tenants.theirs))
    (theirs,) = deliveries(database, tenants.theirs)

    for asked in (number, str(theirs.id)):
        with database.writing(tenants.ours) as session, pytest.raises(NotFound):
            actions.retry_delivery(session, acting(tenants.ours), asked)


@pytest.mark.parametrize("state", [DeliveryState.DELIVERED, DeliveryState.HELD, DeliveryState.PENDING])
def test_what_has_arrived_or_is_on_its_way_does_not_go_again(
    database: Database, tenants: TwoTenants, state: DeliveryState
) -> None:
    end(database, tenants.ours, add_destination(database, tenants.ours), state=state)
    (found,) = deliveries(database, tenants.ours)

    with database.writing(tenants.ours) as session, pytest.raises(InvalidRequest):
        actions.retry_delivery(session, acting(tenants.ours), str(found.id))


def test_a_test_card_needs_a_destination_that_is_not_paused(database: Database, tenants: TwoTenants) -> None:
    wall = add_destination(database, tenants.ours)
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


def test_what_failed_goes_again_and_what_cannot_is_counted(database: Database, tenants: TwoTenants) -> None:
    end(database, tenants.ours, add_destination(database, tenants.ours), 2)
    end(database, tenants.ours, None)
    end(database, tenants.theirs, add_destination(database, tenants.theirs))

    with database.writing(tenants.ours) as session:
        batch = actions.retry_failed(session, acting(tenants.ours))

    assert (batch.count, batch.left_out, batch.may_continue) == (2, {REMOVED: 1}, False)
    assert audit_of(database, tenants.ours) == [("ada@acme.test", "delivery.replayed", "all that failed")]
    assert [each.state for each in deliveries(database, tenants.theirs)] == [DeliveryState.DEAD]


def test_admins_are_notified_once_that_the_app_was_removed(database: Database, tenants: TwoTenants) -> None:
    ada = User(tenant_id=tenants.ours, email="ada@acme.test", role=Role.ADMIN, chat_name="users/1")
    add(database, ada, Space(tenant_id=tenants.ours, name="spaces/A", title="Deals"))

    for _ in range(2):
        with database.writing(tenants.ours) as session:
            actions.leave_space(session, acting(tenants.ours), "spaces/A")

    (notice,) = deliveries(database, tenants.ours)
    assert (notice.notice or {})["title"] == "Pipenotify was removed from Deals"
    assert [action for _, action, _ in audit_of(database, tenants.ours)] == ["space.left"]
