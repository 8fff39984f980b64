"""Rows of forms and of what was entered: what the schema refuses, and what goes with their tenant."""

from __future__ import annotations

from models.database.engine import Database
from models.tables import Tenant
from models.tables.intake import IntakeForm, IntakeSubmission
from tests.conftest import TwoTenants
from tests.models.rows import add, count, refused, remove


def form_of(tenant_id: int, token_hash: str) -> IntakeForm:
    return IntakeForm(tenant_id=tenant_id, name="Site", token_hash=token_hash, last_four="abcd", origins=[])


def test_what_is_entered_is_one_row_and_goes_with_its_tenant(database: Database, tenants: TwoTenants) -> None:
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
