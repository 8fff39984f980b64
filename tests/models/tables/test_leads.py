"""Rows of leads and their routing: what the schema fills in and refuses, and what goes with their tenant."""

from __future__ import annotations

from models.clock import now
from models.database.engine import Database
from models.tables import Tenant
from models.tables.leads import IntakeForm, IntakeSubmission, Lead, LeadHistory, LeadScore, LeadSettings
from models.tables.routing import Absence, Assignment, RoutingPolicy
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.rows import add, by_schema, count, refused, remove


def rows(tenant_id: int) -> tuple[Lead, LeadHistory, LeadScore, LeadSettings]:
    about = {"tenant_id": tenant_id, "entity": "lead", "object_id": "a"}
    line = LeadHistory(key="k", what="created", **about)
    return (
        Lead(**about),
        line,
        LeadScore(score=5, band="cold", reasons=[], **about),
        LeadSettings(tenant_id=tenant_id),
    )


def test_a_lead_is_one_row_of_its_tenant(database: Database, tenants: TwoTenants) -> None:
    add(database, *(each for tenant in tenants for each in rows(tenant)))
    refused(database, Lead(tenant_id=tenants.ours, entity="lead", object_id="a"))
    refused(database, LeadHistory(tenant_id=tenants.ours, entity="lead", object_id="a", key="k", what="note"))
    refused(database, LeadSettings(tenant_id=tenants.ours))


def test_the_schema_fills_in_a_new_lead(database: Database, tenants: TwoTenants) -> None:
    at = now().isoformat()
    made = by_schema(
        database,
        "leads",
        tenant_id=tenants.ours,
        entity="lead",
        object_id="a",
        added_at=at,
        changed_at=at,
    )
    assert (made["status"], bool(made["is_open"]), made["band"], made["score"]) == ("new", True, "", None)


def test_all_of_it_goes_with_its_tenant_and_a_line_with_its_person(
    database: Database, tenants: TwoTenants
) -> None:
    ada = add_person(database, tenants.theirs)
    add(database, *(each for tenant in tenants for each in rows(tenant)))
    line = LeadHistory(tenant_id=tenants.theirs, entity="lead", object_id="a", key="by", what="note")
    line.user_id = ada.user_id
    add(database, line)
    with database.reading_all() as session:
        gone = session.get_one(Tenant, tenants.ours)
    remove(database, gone)

    kinds = (Lead, LeadHistory, LeadScore, LeadSettings)
    assert [count(database, each) for each in kinds] == [1, 2, 1, 1]


def step(tenant_id: int, number: int = 0) -> Assignment:
    return Assignment(tenant_id=tenant_id, entity="lead", object_id="a", step=number)


def policy(tenant_id: int) -> RoutingPolicy:
    return RoutingPolicy(tenant_id=tenant_id, name="All", method="load", members=[])


def test_a_step_of_a_lead_is_one_row(database: Database, tenants: TwoTenants) -> None:
    add(database, *(step(each) for each in tenants), step(tenants.ours, 1))
    refused(database, step(tenants.ours))
    add(database, *(policy(each) for each in tenants))
    refused(database, policy(tenants.ours))


def test_routing_goes_with_its_tenant(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        ada = add_person(database, each)
        add(database, step(each), policy(each), Absence(tenant_id=each, user_id=ada.user_id))
    with database.reading_all() as session:
        gone = session.get_one(Tenant, tenants.ours)
    remove(database, gone)

    assert [count(database, each) for each in (Assignment, RoutingPolicy, Absence)] == [1, 1, 1]


def form_of(tenant_id: int, token_hash: str) -> IntakeForm:
    return IntakeForm(tenant_id=tenant_id, name="Site", token_hash=token_hash, last_four="abcd", origins=[])


def test_what_is_entered_in_a_form_is_one_row_and_goes_with_its_tenant(
    database: Database, tenants: TwoTenants
) -> None:
    for tenant in tenants:
        form = form_of(tenant, str(tenant))
        add(database, form)
        add(database, IntakeSubmission(tenant_id=tenant, form_id=form.id, key="k", title="Lead"))
    refused(database, form_of(tenants.theirs, str(tenants.ours)))
    refused(database, IntakeSubmission(tenant_id=tenants.ours, form_id=1, key="k", title="Again"))

    with database.reading_all() as session:
        gone = session.get_one(Tenant, tenants.ours)
    remove(database, gone)
    assert (count(database, IntakeForm), count(database, IntakeSubmission)) == (1, 1)
