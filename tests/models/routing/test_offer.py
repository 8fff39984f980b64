"""Who writes the owner of a routed lead to Pipedrive, and as whom."""

from __future__ import annotations

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.routing.answers import accept
from models.routing.offer import NOBODY_WRITES
from models.tables import Connection, PersonalConnection
from tests.conftest import TwoTenants
from tests.models.acting import actions_of
from tests.models.routing.team import add_team, come, route_due, set_policy, steps


def connect(database: Database, person: Actor, number: int) -> None:
    with database.writing(person.tenant) as session:
        grant = PersonalConnection(tenant_id=person.tenant, user_id=person.user_id)
        grant.pipedrive_user_id = str(number)
        session.add(grant)


def owner_writes(database: Database, tenant_id: int) -> list[tuple[str, int, int]]:
    return [(each.do, each.user_id, each.fields["owner_id"]) for each in actions_of(database, tenant_id)]


def test_the_owner_is_written_by_whoever_connected_the_team_and_by_who_accepts(
    database: Database, tenants: TwoTenants
) -> None:
    people = add_team(database, tenants.ours)
    first, boss = people[0].user_id or 0, people[2]
    with database.writing(tenants.ours) as session:
        session.add(Connection(tenant_id=tenants.ours, company_id="7", connected_by=boss.name))
    connect(database, boss, 3)
    set_policy(database, people)
    come(database, tenants.ours, 1, owner_id=3)
    route_due(database, now())
    (row,) = steps(database, tenants.ours)

    assert owner_writes(database, tenants.ours) == [("lead.route", boss.user_id, 1)]
    connect(database, people[0], 1)
    with database.writing(tenants.ours) as session:
        accept(session, people[0], row.id, now())
    assert owner_writes(database, tenants.ours)[1:] == [("lead.assign", first, 1)]


def test_where_nobody_is_connected_the_owner_is_not_written_and_that_is_said(
    database: Database, tenants: TwoTenants
) -> None:
    set_policy(database, add_team(database, tenants.ours))
    come(database, tenants.ours, 1, owner_id=3)
    route_due(database, now())

    assert [each.reason for each in steps(database, tenants.ours)] == [NOBODY_WRITES]
    assert owner_writes(database, tenants.ours) == []
