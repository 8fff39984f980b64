"""Only a new lead of a team with a policy that is on waits to be routed, once."""

from __future__ import annotations

from datetime import timedelta

from models.clock import now
from models.database.engine import Database
from models.leads.arrivals import note_arrival
from models.pipedrive.imported import origin_of
from models.tables import Assignment, Lead, RoutingPolicy
from tests.conftest import TwoTenants
from tests.models.leads.known import hear, look
from tests.models.rows import add, count


def test_a_lead_waits_once_and_only_if_it_is_new(database: Database, tenants: TwoTenants) -> None:
    at = now()
    since = at - timedelta(days=9)
    on = {"method": "load", "members": [], "created_at": since}
    add(database, RoutingPolicy(tenant_id=tenants.ours, name="On", **on))
    add(database, RoutingPolicy(tenant_id=tenants.theirs, name="Off", is_on=False, **on))
    new, old = {"added_at": at}, {"added_at": at - timedelta(days=2)}
    for tenant_id in tenants:
        add(database, Lead(tenant_id=tenant_id, entity="lead", object_id="new", **new))
    add(database, Lead(tenant_id=tenants.ours, entity="lead", object_id="old", **old))

    def arrives(tenant_id: int, key: str) -> bool:
        with database.writing_all() as session:
            return note_arrival(session, session.get_one(Lead, (tenant_id, "lead", key)), at)

    assert [arrives(tenants.ours, "new"), arrives(tenants.ours, "new")] == [True, False]
    assert not arrives(tenants.ours, "old")
    assert not arrives(tenants.theirs, "new")
    assert count(database, Assignment) == 1


def test_an_imported_lead_is_routed_only_if_the_import_said_so(
    database: Database, tenants: TwoTenants
) -> None:
    since = now() - timedelta(days=9)
    policy = {"name": "On", "method": "load", "members": [], "created_at": since}
    add(database, RoutingPolicy(tenant_id=tenants.ours, **policy))
    hear(database, tenants.ours, 1, origin_id=origin_of(1, 1, routes=False), add_time=now().isoformat())
    look(database)
    assert count(database, Assignment) == 0
    hear(database, tenants.ours, 2, origin_id=origin_of(2, 2, routes=True), add_time=now().isoformat())
    look(database)
    assert count(database, Assignment) == 1
