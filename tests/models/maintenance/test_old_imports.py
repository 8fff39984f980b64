"""What files say of people is erased a month after their import ended; drafts go after a day."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from models.clock import now
from models.database.engine import Database
from models.maintenance.old_imports import prune_imports
from models.tables.imports import LeadImport, LeadImportRow
from tests.conftest import TwoTenants
from tests.models.rows import add

DAY = timedelta(days=1)


def an_import(database: Database, tenant_id: int, name: str, state: str, days: int) -> None:
    at = now() - days * DAY
    made = LeadImport(tenant_id=tenant_id, name=name, state=state, created_at=at)
    made.finished_at = at if state == "done" else None
    add(database, made)
    texts = {"cells": ["Jana"], "email": "jana@x.test", "organization": "globex", "reason": "“Jana” is no"}
    ids = {"lead_id": "l1", "state": "done"}
    add(database, LeadImportRow(tenant_id=tenant_id, import_id=made.id, line=2, **texts, **ids))


def test_rows_lose_their_contents_and_keep_what_undo_needs(database: Database, tenants: TwoTenants) -> None:
    for name, state, days in (
        ("young draft", "draft", 0),
        ("old draft", "draft", 2),
        ("runs", "running", 60),
        ("young", "done", 29),
        ("old", "done", 31),
        ("very old", "done", 100),
    ):
        an_import(database, tenants.ours, name, state, days)

    done = [dict(each) for each in prune_imports(database, now(), now() - 90 * DAY)]
    assert done == [{"lead_imports": 2}, {"lead_import_contents": 1}]
    assert list(prune_imports(database, now(), now() - 90 * DAY)) == []
    query = select(LeadImport.name, LeadImportRow).join(LeadImport, LeadImportRow.import_id == LeadImport.id)
    with database.reading(tenants.ours) as session:
        rows = {
            name: (row.cells, row.email, row.organization, row.reason, row.lead_id)
            for name, row in session.execute(query)
        }
    whole = (["Jana"], "jana@x.test", "globex", "“Jana” is no", "l1")
    assert rows == {"young draft": whole, "runs": whole, "young": whole, "old": ([], "", "", "", "l1")}
