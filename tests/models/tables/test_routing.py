"""Rows of routing: one step of a lead once, and what goes with a person and a tenant."""

from __future__ import annotations

from models.database.engine import Database
from models.tables import Absence, Assignment, RoutingPolicy, Tenant
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.rows import add, count, refused, remove


def step(tenant_id: int, number: int = 0) -> Assignment:
    return Assignment(tenant_id=tenant_id, entity="lead", object_id="a", step=number)


def policy(tenant_id: int) -> RoutingPolicy:
    return RoutingPolicy(tenant_id=tenant_id, name="All", method="load", members=[])


def test_a_step_of_a_lead_is_one_row(database: Database, tenants: TwoTenants) -> None:
    add(database, *(step(each) for each in tenants), step(tenants.ours, 1))
    refused(database, step(tenants.ours))
    add(database, *(policy(each) for each in tenants))
    refused(database, policy(tenants.ours))


def test_all_of_it_goes_with_its_tenant(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        ada = add_person(database, each)
        add(database, step(each), policy(each), Absence(tenant_id=each, user_id=ada.user_id))
    with database.reading_all() as session:
        gone = session.get_one(Tenant, tenants.ours)
    remove(database, gone)

    assert [count(database, each) for each in (Assignment, RoutingPolicy, Absence)] == [1, 1, 1]
