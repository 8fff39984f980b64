"""Dead letters are counted team by team, most first; those of the installation itself are nobody's."""

from __future__ import annotations

from models.clock import now
from models.database.engine import Database
from models.operating.installation import count_dead
from models.tables import Delivery, Tenant
from models.tables.deliveries import DeliveryState
from tests.conftest import TwoTenants
from tests.models.rows import add


def _add(database: Database, tenant_id: int, count: int, state: str = DeliveryState.DEAD) -> None:
    for _ in range(count):
        add(database, Delivery(tenant_id=tenant_id, state=state, lane="spaces/A", finished_at=now()))


def test_teams_with_most_dead_letters_come_first(database: Database, tenants: TwoTenants) -> None:
    internal = Tenant(name="the service itself", is_internal=True)
    with database.writing_all() as session:
        session.add(internal)
    _add(database, tenants.ours, 1)
    _add(database, tenants.theirs, 3)
    _add(database, tenants.ours, 5, DeliveryState.DELIVERED)
    _add(database, internal.id, 9)

    with database.reading_all() as session:
        found = [(tenant_id, count) for tenant_id, _, count in count_dead(session)]

    assert found == [(tenants.theirs, 3), (tenants.ours, 1)]
