"""Where webhooks do not say which lead became a deal, Pipedrive is asked; once for all leads of a team."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import update
from sqlalchemy.exc import DataError
from sqlalchemy.orm import Session

from jobs.leads.find_deals import DealFinder
from jobs.leads.look_at_leads import look_at_leads
from models.clock import now
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.leads.ends.origins import OriginQuestion
from models.leads.history import LeadRef, list_history
from models.leads.mirror import name_deals, record_states
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


@pytest.mark.parametrize(
    "error", [ZeroDivisionError(), DataError("UPDATE", {}, Exception("too long"))], ids=["code", "database"]
)
def test_a_lead_whose_deal_cannot_be_stored_fails_alone(
    home: Household, finder: DealFinder, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    leads = [new_lead(home, title) for title in ("Globex", "Initech", "Umbrella")]
    for each in leads:
        convert(home, each)

    def fail_or_name(session: Session, deals: dict[tuple[int, str], str], at: datetime) -> int:
        if (home.tenant_id, leads[1]) in deals:
            raise error
        return name_deals(session, deals, at)

    with monkeypatch.context() as broken:
        broken.setattr("jobs.leads.find_deals.name_deals", fail_or_name)
        go_on(home, finder)
        assert [row_of(home, each).status for each in leads] == ["converted", "lost", "converted"]

    go_on(home, finder)
    assert row_of(home, leads[1]).status == "converted"


@pytest.mark.parametrize(
    "error", [ZeroDivisionError(), DataError("SELECT", {}, Exception("too long"))], ids=["code", "database"]
)
def test_a_team_that_cannot_be_asked_keeps_no_other_waiting(
    home: Household, finder: DealFinder, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """What the database refuses is no fault of a lead: it is raised, but when the others were asked."""
    lead = new_lead(home, "Globex")
    convert(home, lead)
    as_tenant = home.pipedrive.as_tenant

    def fail_or_ask(tenant_id: int, *arguments: Any, **named: Any) -> Any:
        if tenant_id != home.tenant_id:
            raise error
        return as_tenant(tenant_id, *arguments, **named)

    monkeypatch.setattr(home.pipedrive, "as_tenant", fail_or_ask)
    finder.ask([OriginQuestion(home.tenant_id - 1, lead), OriginQuestion(home.tenant_id, lead)])
    with pytest.raises(DataError) if isinstance(error, DataError) else nullcontext():
        finder.step()
    look(home.database)

    assert row_of(home, lead).status == "converted"
    finder.ask([OriginQuestion(home.tenant_id - 1, lead)])
    finder.step()  # it rests meanwhile


def test_a_database_that_is_away_ends_the_step(
    home: Household, finder: DealFinder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: Any, **_named: Any) -> None:
        raise DatabaseUnavailable

    monkeypatch.setattr(home.pipedrive, "as_tenant", fail)
    finder.ask([OriginQuestion(home.tenant_id, "3f1c0c2a-0000-4000-8000-000000000001")])
    with pytest.raises(DatabaseUnavailable):
        finder.step()


@pytest.mark.parametrize("changed_last", ["older", "newer"])
def test_of_several_deals_that_name_a_lead_the_newest_is_kept(
    home: Household, finder: DealFinder, changed_last: str
) -> None:
    """Pipedrive lists first what was changed last."""
    lead = new_lead(home, "Globex")
    store = home.crm.store
    deals = {"older": convert(home, lead)}
    deals["newer"] = str(store.create("deal", {"title": "Globex again", "source_lead_id": lead}, ADA)["id"])
    store.change("deal", int(deals[changed_last]), {"title": "Globex, 20 seats"}, ADA)
    go_on(home, finder)

    assert row_of(home, lead).deal_id == deals["newer"]


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
