"""Leads as Pipedrive's webhooks tell of them, and people who look at them."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final
from uuid import uuid4

from models.accounts.actor import Actor
from models.clock import now
from models.connections.lead_pipelines import lead_pipelines_of
from models.database.engine import Database
from models.leads.actions import Via
from models.leads.history import HistoryLine, LeadRef, count_history, list_history
from models.leads.look import look_at_due
from models.leads.mirror import record_states
from models.leads.queries import KnownLead, LeadFilter, get_lead, list_leads, view_of
from models.pipedrive.change import read
from models.stalled.track import row_of_change
from models.tables import Lead, PipedriveUser, User
from tests.models.rows import add

LEAD: Final = "3f1c0c2a-0000-4000-8000-00000000000%d"


def lead_id(number: int) -> str:
    return LEAD % number


def hear(
    database: Database,
    tenant_id: int,
    number: int = 1,
    *,
    at: datetime | None = None,
    action: str = "change",
    seen_by: list[int] | None = None,
    entity: str = "lead",
    **state: Any,
) -> str:
    """Record what a webhook says of a lead (or an activity of one); return its id."""
    at = at or now()
    key: Any = lead_id(number) if entity == "lead" else number
    usual = {"title": f"Lead {number}", "owner_id": 1, "is_archived": False} if entity == "lead" else {}
    data = {"id": key, "add_time": at.isoformat(), "update_time": at.isoformat(), **usual, **state}
    meta: dict[str, Any] = {
        "action": action,
        "entity": entity,
        "entity_id": str(key),
        "id": uuid4().hex,
        "version": "2.0",
    }
    meta |= {"timestamp": at.isoformat()}
    meta |= {"permitted_user_ids": [str(each) for each in seen_by]} if seen_by is not None else {}
    gone = action == "delete"
    body = {"meta": meta, "data": None if gone else data, "previous": data if gone else {}}
    change = read(body)
    assert change is not None
    row = row_of_change(tenant_id, change, max(at, now()), "UTC")
    assert row is not None
    with database.writing_all() as session:
        record_states(session, [row], {tenant_id: lead_pipelines_of(session, tenant_id)})
    return str(key)


def look(database: Database, at: datetime | None = None) -> int:
    """Do what the job does with the leads that are due."""
    with database.writing_all() as session:
        return look_at_due(session, at or now() + timedelta(seconds=1), 1000)


def add_users(database: Database, tenant_id: int, *numbers: int) -> None:
    """Active users of the tenant's Pipedrive."""
    for number in numbers:
        user = PipedriveUser(tenant_id=tenant_id, pipedrive_id=str(number), name=f"User {number}")
        user.seen_at = now()
        add(database, user)


def match(database: Database, actor: Actor, number: int) -> None:
    """Say who somebody is in Pipedrive."""
    with database.writing(actor.tenant) as session:
        session.get_one(User, (actor.tenant, actor.user_id)).pipedrive_user_id = str(number)


def seen(database: Database, actor: Actor, wanted: LeadFilter | None = None) -> list[str]:
    """The titles of the leads that somebody finds, in their order."""
    with database.reading(actor.tenant) as session:
        found = list_leads(view_of(session, actor, now()), wanted or LeadFilter(), limit=100)
        return [str(each.state["title"]) for each in found.leads]


def known(database: Database, actor: Actor, number: int = 1) -> KnownLead:
    with database.reading(actor.tenant) as session:
        found = get_lead(view_of(session, actor, now()), lead_id(number))
    assert found is not None
    return found


def row(database: Database, tenant_id: int, number: int = 1) -> Lead:
    with database.reading(tenant_id) as session:
        return session.get_one(Lead, (tenant_id, "lead", lead_id(number)))


def lines(database: Database, tenant_id: int, number: int = 1) -> list[HistoryLine]:
    """The history of a lead, oldest first."""
    with database.reading(tenant_id) as session:
        lead = LeadRef(tenant_id, "lead", lead_id(number))
        found = list_history(session, lead, limit=100)
        assert count_history(session, lead) == len(found)
        return found[::-1]


def happened(database: Database, tenant_id: int, number: int = 1) -> list[str]:
    return [str(each.what) for each in lines(database, tenant_id, number)]


def via(**more: Any) -> Via:
    return Via(uuid4().hex, **more)
