"""Fills a database with the companies of a plan, by the tables and the use cases of the product."""

from __future__ import annotations

from sqlalchemy.orm import Session

from models.accounts.actor import system
from models.attention.digests import set_digest
from models.attention.mutes import MuteTarget
from models.attention.schedule import Schedule
from models.clock import now
from models.database.engine import Database
from models.destinations.fallback import set_fallback
from models.destinations.linking import add_incoming_webhook, link_space
from models.destinations.outside import add_email_address, add_url
from models.security.vault import Vault
from models.tables import (
    Connection,
    Destination,
    PipedriveUser,
    QuietHours,
    Rule,
    RuleDestination,
    Tenant,
    User,
)
from models.tables.attention import Every, MuteScope
from models.tables.rules import Thread
from tests.simulation.outside.place import EMAIL, WEBHOOK, Place
from tests.simulation.outside.receivers import email_of, webhook_of
from tests.simulation.people import Decisions, Span
from tests.simulation.plan import Plan
from tests.simulation.pressing.colleagues import add_colleagues

DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def fill(database: Database, vault: Vault, plan: Plan, decisions: Decisions) -> dict[str, int]:
    """Create what the plan says; return the ids of the tenants by name."""
    tenants: dict[str, int] = {}
    with database.writing_all() as session:
        for name in ("A", "B"):
            tenant = Tenant(name=name, monthly_limit=None, timezone=plan.zone)
            session.add(tenant)
            session.flush()
            tenants[name] = tenant.id
            company = Connection(
                tenant_id=tenant.id, company_id=str(tenant.id), domain=f"{name}.pipedrive.test"
            )
            admin = User(
                tenant_id=tenant.id, email=f"sam@{name.lower()}.test", role="admin", chat_name=f"users/{name}"
            )
            session.add_all([company, admin])
            known = [PipedriveUser(tenant_id=tenant.id, pipedrive_id=each) for each in ("1", "2")]
            session.add_all(known)
            add_colleagues(session, vault, name, tenant.id)
        places = {each.space: _place(session, vault, tenants[each.tenant], each) for each in plan.places}
        for refused, fallback in plan.outside.fallbacks.items():
            set_fallback(session, places[refused], places[fallback])
        for rule in plan.rules:
            _add_rule(session, tenants, plan, rule.name, places)
        _add_quiet_hours(session, tenants, plan, places, decisions)
    for place, _ in plan.digests:
        with database.writing(tenants[place.tenant]) as session:
            target = MuteTarget(MuteScope.SPACE, space_id=places[place.space].space_id)
            actor = system(tenants[place.tenant], "sam@example.com")
            set_digest(session, actor, target, Schedule(Every.HOURLY), plan.zone, now())
            decisions.digests.append(Span(place.tenant, place.space, None, -1e9))
    return tenants


def _add_quiet_hours(
    session: Session,
    tenants: dict[str, int],
    plan: Plan,
    places: dict[str, Destination],
    decisions: Decisions,
) -> None:
    for quiet in plan.quiet:
        space_id = places[quiet.space].space_id if quiet.space else None
        session.add(
            QuietHours(
                tenant_id=tenants[quiet.tenant],
                scope="space" if space_id else "tenant",
                space_id=space_id,
                starts=quiet.starts,
                ends=quiet.ends,
                days=DAYS,
                timezone=quiet.zone,
                lets_urgent_through=quiet.lets_urgent_through,
            )
        )
        decisions.quiet.append(Span(quiet.tenant, quiet.space, None, -1e9, quiet=quiet))


def _outside(session: Session, vault: Vault, tenant_id: int, place: Place, name: str) -> Destination | None:
    if place.kind == "chat_webhook":
        url = f"https://chat.googleapis.com/v1/{place.space}/messages?key=k&token=t"
        return add_incoming_webhook(session, vault, tenant_id, name, url)
    if place.kind == EMAIL:
        return add_email_address(session, tenant_id, name, email_of(place))
    if place.kind == WEBHOOK:
        return add_url(session, vault, tenant_id, name, webhook_of(place))
    return None


def _place(session: Session, vault: Vault, tenant_id: int, place: Place) -> Destination:
    made = _outside(session, vault, tenant_id, place, f"the wall of {place.space}")
    if made is not None:
        made.name = place.space  # by which the oracle finds every place
        return made
    space = link_space(session, tenant_id, place.space, place.space)
    session.flush()
    found = session.query(Destination).where(
        Destination.tenant_id == tenant_id, Destination.space_id == space.id
    )
    return found.one()


def _add_rule(
    session: Session, tenants: dict[str, int], plan: Plan, name: str, places: dict[str, Destination]
) -> None:
    wanted = next(each for each in plan.rules if each.name == name)
    filters = {"all": [{"field": "value", "op": "at_least", "value": wanted.least}]} if wanted.least else None
    rule = Rule(
        tenant_id=tenants[wanted.tenant],
        name=name,
        event_types=list(wanted.on),
        is_urgent=wanted.is_urgent,
        conditions=filters,
        thread=Thread.DEAL if wanted.is_threaded else Thread.NONE,
        shows_restricted=wanted.shows_restricted,
    )
    session.add(rule)
    session.flush()
    for position, place in enumerate(wanted.places):
        to = places[place.space].id
        session.add(
            RuleDestination(tenant_id=rule.tenant_id, rule_id=rule.id, destination_id=to, position=position)
        )
