"""A lane that only an address names is one tenant's alone; a linked space is shared with all writers."""

from __future__ import annotations

from models.database.engine import Database
from models.destinations.linking import link_space
from models.destinations.shared_lanes import write_alone
from models.tables import Lane
from tests.conftest import TwoTenants
from tests.models.rows import add


def is_shared(database: Database, tenant_id: int) -> bool:
    with database.reading(tenant_id) as session:
        return session.get_one(Lane, (tenant_id, "spaces/A")).is_shared


def test_a_lane_that_is_only_named_is_not_shared_until_its_space_is_linked(
    database: Database, tenants: TwoTenants
) -> None:
    with database.writing(tenants.ours) as session:
        write_alone(session, tenants.ours, "spaces/A")
    assert not is_shared(database, tenants.ours)
    with database.writing(tenants.ours) as session:
        link_space(session, tenants.ours, "spaces/A")
    assert is_shared(database, tenants.ours)


def test_a_lane_that_is_shared_stays_so(database: Database, tenants: TwoTenants) -> None:
    add(database, *(Lane(tenant_id=each, lane="spaces/A") for each in tenants))
    with database.writing(tenants.ours) as session:
        write_alone(session, tenants.ours, "spaces/A")
    assert is_shared(database, tenants.ours)
    assert is_shared(database, tenants.theirs)
