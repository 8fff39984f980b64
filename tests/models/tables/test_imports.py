"""Imports and their rows: what the schema fills in, and what goes with an import."""

from __future__ import annotations

from models.database.engine import Database
from models.tables.imports import LeadImport, LeadImportRow
from tests.conftest import TwoTenants
from tests.models.rows import LONG_AGO, add, by_schema, count, refused, remove


def test_the_schema_fills_in_a_draft(database: Database, tenants: TwoTenants) -> None:
    texts = {"name": "leads.csv", "header": "[]", "columns": "{}"}
    times = {"created_at": LONG_AGO, "next_attempt_at": LONG_AGO}
    made = by_schema(database, "lead_imports", tenant_id=tenants.ours, **texts, **times)
    assert (made["state"], made["currency"], bool(made["routes"]), made["content"]) == (
        "draft",
        "EUR",
        False,
        "",
    )


def test_rows_are_of_an_import_of_their_team_and_go_with_it(database: Database, tenants: TwoTenants) -> None:
    made = LeadImport(tenant_id=tenants.ours, name="leads.csv")
    add(database, made)
    add(database, LeadImportRow(tenant_id=tenants.ours, import_id=made.id, line=2, cells=["Jana"]))
    refused(database, LeadImportRow(tenant_id=tenants.theirs, import_id=made.id, line=2, cells=[]))
    remove(database, made)
    assert count(database, LeadImportRow) == 0
