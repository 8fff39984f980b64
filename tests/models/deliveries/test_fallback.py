"""Only what a destination refuses for good goes to its fallback, from its own tenant, and once."""

from __future__ import annotations

from models.clock import now
from models.database.engine import Database
from models.deliveries.fallback import fall_back_some, is_any_refused
from models.destinations.fallback import set_fallback
from models.destinations.outside import add_email_address
from models.tables import Delivery, Destination
from tests.conftest import TwoTenants
from tests.models.ended import add_destination, end


def test_a_dead_notice_goes_nowhere_and_nothing_is_refused_while_all_is_well(
    database: Database, tenants: TwoTenants
) -> None:
    wall = add_destination(database, tenants.ours)
    end(database, tenants.ours, wall)
    with database.writing(tenants.ours) as session:
        board = add_email_address(session, tenants.ours, "Board", "board@example.com")
        refused = session.get_one(Destination, (tenants.ours, wall.id))
        refused.kind = "chat_space"
        set_fallback(session, refused, board)
    with database.reading_all() as session:
        assert not is_any_refused(session)
    with database.writing(tenants.ours) as session:
        refused = session.get_one(Destination, (tenants.ours, wall.id))
        refused.is_active, refused.paused_because = False, "404 NOT_FOUND"
        for row in session.query(Delivery).filter_by(tenant_id=tenants.ours):
            row.event_id = None
    with database.reading_all() as session:
        assert is_any_refused(session)
    with database.writing_all() as session:
        assert not fall_back_some(session, now())
    with database.reading(tenants.ours) as session:
        assert session.query(Delivery).filter(Delivery.instead_of.is_not(None)).count() == 0
