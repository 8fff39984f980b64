"""What happens to a deal that was a lead is told in the lead's thread; other deals keep their own."""

from __future__ import annotations

from typing import Any

from models.database.engine import Database
from models.leads.threads import join_lead_threads
from models.tables import Lead
from tests.conftest import TwoTenants
from tests.models.leads.known import hear, lead_id


def delivery(tenant_id: int, key: str | None, line: str | None = None) -> dict[str, Any]:
    return {"tenant_id": tenant_id, "thread_key": key, "line_key": line}


def test_a_deal_goes_on_in_the_thread_of_its_lead(database: Database, tenants: TwoTenants) -> None:
    for each in tenants:
        hear(database, each)
    with database.writing(tenants.ours) as session:
        session.get_one(Lead, (tenants.ours, "lead", lead_id(1))).deal_id = "42"
    rows = [
        delivery(tenants.ours, "deal-42"),
        delivery(tenants.ours, None, "deal-42"),
        delivery(tenants.ours, "deal-43"),
        delivery(tenants.theirs, "deal-42"),
        delivery(tenants.ours, "day-2026-11-20"),
    ]
    with database.writing_all() as session:
        join_lead_threads(session, rows)

    of_lead = f"lead-{lead_id(1)}"
    assert [each["thread_key"] for each in rows] == [of_lead, None, "deal-43", "deal-42", "day-2026-11-20"]
    assert rows[1]["line_key"] == of_lead
