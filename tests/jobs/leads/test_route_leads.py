"""The sweep routes what is due, and idle workers write nothing."""

from __future__ import annotations

from jobs.leads.route_leads import Routing
from models.database.engine import Database
from models.tables import JobLease
from tests.conftest import TwoTenants
from tests.models.routing.team import add_team, come, ids, set_policy, steps
from tests.models.rows import count


def test_the_leads_of_every_team_are_routed(database: Database, tenants: TwoTenants) -> None:
    routing = Routing(database)
    routing.run()
    assert count(database, JobLease) == 0
    teams = [add_team(database, each, 2) for each in tenants]
    for people, tenant_id in zip(teams, tenants, strict=True):
        set_policy(database, people)
        come(database, tenant_id, 1, 2)
    routing.run()
    routing.run()

    for people, tenant_id in zip(teams, tenants, strict=True):
        assert [each.user_id for each in steps(database, tenant_id)] == list(ids(people))
