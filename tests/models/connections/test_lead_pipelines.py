"""Which pipelines have deals that are leads is known by tenant."""

from __future__ import annotations

from models.clock import now
from models.connections.lead_pipelines import chosen_times, lead_pipelines_of
from models.database.engine import Database
from models.tables import LeadPipeline
from tests.conftest import TwoTenants
from tests.models.rows import add


def test_only_the_pipelines_of_the_tenant_are_read(database: Database, tenants: TwoTenants) -> None:
    at = now()
    for tenant_id, key in ((tenants.ours, "5"), (tenants.theirs, "6")):
        add(database, LeadPipeline(tenant_id=tenant_id, pipeline_id=key, chosen_at=at))

    with database.reading_all() as session:
        assert lead_pipelines_of(session, tenants.ours) == {"5"}
        assert chosen_times(session, tenants.theirs) == {"6": at}
