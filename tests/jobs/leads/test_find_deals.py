"""Where webhooks do not say which lead became a deal, Pipedrive is asked; once for all leads of a team."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from sqlalchemy import update

from jobs.leads.find_deals import DealFinder
from jobs.leads.look_at_leads import look_at_leads
from models.clock import now
from models.database.engine import Database
from models.leads.history import LeadRef, list_history
from models.leads.mirror import record_states
from models.pipedrive.change import read
from models.stalled.track import row_of_change
from models.tables import Lead
from tests.conftest import TwoTenants
from tests.jobs.caring import Household
from tests.models.leads.known import look
from web.playground.faults import Fault
from web.playground.pipedrive.blanks import as_webhook_body
from web.playground.pipedrive.store import ApiUser

ADA = ApiUser(1)
DEALS = ("GET", "/api/v2/deals")


def new_lead(home: Household, title: str) -> str:
    store = home.crm.store
    person = store.create("person", {"name": f"Buyer of {title}"}, ADA)
    lead = store.create("lead", {"title": title, "person_id": person["id"]}, ADA)
    hear_of(home.database, home.tenant_id, "lead", lead)
    look(home.database)
    return str(lead["id"])


def hear_of(database: Database, tenant_id: int, entity: str, record: Mapping[str, Any]) -> None:
    """Hear of a record as webhooks tell it: without the lead that a deal came from."""
    data = as_webhook_body(entity, dict(record))
    assert data is not None
    assert "source_lead_id" not in data
    meta = {"action": "change", "entity": entity, "entity_id": str(record["id"]), "id": "m", "version": "2.0"}
    change = read({"meta": meta, "data": data, "previous": {}})
    assert change is not None
    row = row_of_change(tenant_id, change, now(), "UTC")
    assert row is not None
    with database.writing_all() as session:
        record_states(session, [row])


def convert(home: Household, lead: str, **fields: Any) -> str:
    """Somebody converts it in Pipedrive; the archive is heard of first."""
    deal = home.crm.store.convert(lead, ADA, **fields)
    hear_of(home.database, home.tenant_id, "lead", home.crm.store.get("lead", lead))
    look(home.database)
    hear_of(home.database, home.tenant_id, "deal", deal)
    return str(deal["id"])


def row_of(home: Household, lead: str, tenant_id: int | None = None) -> Lead:
    with home.database.reading_all() as session:
        return session.get_one(Lead, (tenant_id or home.tenant_id, "lead", lead))


def happened(home: Household, lead: str, tenant_id: int | None = None) -> list[str]:
    ref = LeadRef(tenant_id or home.tenant_id, "lead", lead)
    with home.database.reading_all() as session:
        return [str(each.what) for each in list_history(session, ref, limit=10)][::-1]


def let_time_pass(home: Household) -> None:
    """Let all that is looked at again later be due."""
    with home.database.writing_all() as session:
        later = update(Lead).where(Lead.look_at.is_not(None), Lead.is_open.is_(False))
        session.execute(later.values(look_at=now()))


@pytest.fixture
def finder(home: Household) -> DealFinder:
    return DealFinder(home.database, home.pipedrive)


def go_on(home: Household, finder: DealFinder) -> bool:
    """Do what a worker does at the next look: it asks beside, and looks again."""
    let_time_pass(home)
    look_at_leads(home.database, finder)
    has_asked = finder.step()
    look(home.database)
    return has_asked


def test_a_lead_converted_in_pipedrive_ends_as_converted(home: Household, finder: DealFinder) -> None:
    lead = new_lead(home, "Globex")
    deal = convert(home, lead)
    assert happened(home, lead) == ["created", "lost"]
    for _ in range(2):  # a worker that was killed, and the next one
        go_on(home, finder)

    assert (row_of(home, lead).status, row_of(home, lead).deal_id) == ("converted", deal)
    assert happened(home, lead) == ["created", "converted"]


def test_all_leads_of_a_team_cost_one_call_and_others_none(home: Household, finder: DealFinder) -> None:
    leads = [new_lead(home, title) for title in ("Globex", "Initech", "Umbrella")]
    archived = new_lead(home, "Soylent")
    store = home.crm.store
    hear_of(home.database, home.tenant_id, "lead", store.change("lead", archived, {"is_archived": True}, ADA))
    look(home.database)
    let_time_pass(home)
    assert not go_on(home, finder)
    for each in leads:
        convert(home, each)
    before = home.asked(*DEALS)
    go_on(home, finder)

    assert home.asked(*DEALS) == before + 1
    assert [row_of(home, each).status for each in (*leads, archived)] == [*["converted"] * 3, "lost"]
    assert not go_on(home, finder)


def test_what_a_killed_worker_did_not_ask_is_asked_the_next_time(home: Household) -> None:
    lead = new_lead(home, "Globex")
    convert(home, lead)
    let_time_pass(home)
    look_at_leads(home.database, DealFinder(home.database, home.pipedrive))  # killed before it asks
    assert row_of(home, lead).look_at is not None
    go_on(home, DealFinder(home.database, home.pipedrive))

    assert happened(home, lead) == ["created", "converted"]


def test_pipedrive_that_does_not_answer_is_left_alone_and_asked_later(
    home: Household, finder: DealFinder
) -> None:
    lead = new_lead(home, "Globex")
    convert(home, lead)
    home.crm.faults.keep("away", Fault(status=503))
    go_on(home, finder)
    asked = home.asked(*DEALS)
    go_on(home, finder)
    assert (home.asked(*DEALS), row_of(home, lead).status) == (asked, "lost")

    home.crm.faults.end("away")
    go_on(home, DealFinder(home.database, home.pipedrive))  # its rest is over, or it is another worker
    assert row_of(home, lead).status == "converted"


def test_a_team_hears_nothing_of_anothers_deals(
    home: Household, finder: DealFinder, tenants: TwoTenants
) -> None:
    """Theirs has the same lead in its record, and no connection."""
    lead = new_lead(home, "Globex")
    hear_of(home.database, tenants.theirs, "lead", home.crm.store.get("lead", lead))
    look(home.database)
    deal = convert(home, lead)
    for entity, key in (("lead", lead), ("deal", deal)):
        hear_of(home.database, tenants.theirs, entity, home.crm.store.get(entity, key))
        look(home.database)
    go_on(home, finder)

    assert row_of(home, lead).status == "converted"
    assert row_of(home, lead, tenants.theirs).status == "lost"
    assert happened(home, lead, tenants.theirs) == ["created", "lost"]
