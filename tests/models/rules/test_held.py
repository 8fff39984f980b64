"""Held deliveries, with what decides until when they are held."""

from models.database.engine import Database
from models.rules.held import read_held, tenants_with_held
from models.tables import DeliveryState
from tests.conftest import TwoTenants
from tests.models.ended import add_destination, end


def test_what_is_held_is_read_with_its_destination(database: Database, tenants: TwoTenants) -> None:
    wall = add_destination(database, tenants.ours)
    end(database, tenants.ours, wall, state=DeliveryState.HELD)
    end(database, tenants.ours, wall, state=DeliveryState.DELIVERED)
    end(database, tenants.theirs, add_destination(database, tenants.theirs, "Theirs"))

    with database.reading_all() as session:
        assert tenants_with_held(session) == [tenants.ours]
    with database.reading(tenants.ours) as session:
        ((delivery, destination),) = read_held(session, tenants.ours)
    assert delivery.state == DeliveryState.HELD
    assert (destination.id, destination.name, destination.kind) == (wall.id, "Wall", wall.kind)
