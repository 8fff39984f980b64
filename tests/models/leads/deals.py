"""Deals of pipelines that a team chose, and what is known of them as leads."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

from models.accounts.actor import system
from models.clock import now
from models.connections.names import remember
from models.database.engine import Database
from models.leads.adopt import adopt_some, is_adopting
from models.leads.history import LeadRef, list_history
from models.leads.pipelines import choose_pipelines
from models.pipedrive.names import Name
from models.tables import Lead
from tests.models.leads.known import hear, look

INBOUND: Final = "5"
SALES: Final = "6"


def name_pipelines(database: Database, *tenants: int) -> None:
    """Inbound and Sales, with two stages each, in the Pipedrive of each tenant."""
    for tenant_id in tenants:
        names = {("pipeline", INBOUND): Name("Inbound"), ("pipeline", SALES): Name("Sales")}
        for pipeline in (INBOUND, SALES):
            for order in (1, 2):
                key = ("stage", f"{pipeline}{order}")
                names[key] = Name(f"Step {order}", {"pipeline_id": pipeline, "order": order})
        with database.writing(tenant_id) as session:
            remember(session, {(tenant_id, pair): name for pair, name in names.items()})


def choose(database: Database, tenant_id: int, *pipelines: str) -> None:
    """Choose pipelines as the system does, and go through the known deals."""
    with database.writing(tenant_id) as session:
        choose_pipelines(session, system(tenant_id, "test"), pipelines)
    adopt(database)


def adopt(database: Database, at: datetime | None = None, limit: int = 100) -> int:
    """Do what the job does until nothing is left to do; return in how many parts."""
    at, parts = at or now(), 0
    while True:
        with database.reading_all() as session:
            if not is_adopting(session, at):
                return parts
        with database.writing_all() as session:
            assert adopt_some(session, at, limit)
        parts += 1


def deal(database: Database, tenant_id: int, number: int = 7, **state: Any) -> str:
    """Record what a webhook says of a deal of Inbound, if nothing else is said; return its id."""
    usual = {"title": f"Deal {number}", "owner_id": 1, "status": "open", "pipeline_id": int(INBOUND)}
    usual |= {"stage_id": 51}
    return hear(database, tenant_id, number, entity="deal", **{**usual, **state})


def new_deal(database: Database, tenant_id: int, number: int = 7, **state: Any) -> str:
    """As `deal`, and the job looks at it."""
    key = deal(database, tenant_id, number, **state)
    look(database)
    return key


def deal_row(database: Database, tenant_id: int, number: int = 7) -> Lead | None:
    with database.reading(tenant_id) as session:
        return session.get(Lead, (tenant_id, "deal", str(number)))


def what_happened(database: Database, tenant_id: int, number: int = 7) -> list[tuple[str, str]]:
    """The lines of a deal's history as a lead, oldest first: what, and how where that is noted."""
    with database.reading(tenant_id) as session:
        found = list_history(session, LeadRef(tenant_id, "deal", str(number)), limit=100)
    return [(str(each.what), str(each.details.get("how", ""))) for each in found[::-1]]


def later(**span: float) -> datetime:
    return now() + timedelta(**span)
