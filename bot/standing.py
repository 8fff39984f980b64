"""How things stand for a tenant: what the home card and the status card say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.cards.home import Home
from bot.context import Context
from bot.presence import hears_pipedrive
from bot.words import ago
from models.clock import now
from models.deliveries import DEAD, DELIVERED, HELD
from models.tables import Connection, Delivery, Destination, Rule, Tenant

BROKEN: Final = {
    "needs_reauth": "Pipedrive has to be connected again",
    "revoked": "Pipenotify was uninstalled in Pipedrive",
}


@dataclass(frozen=True, slots=True)
class Counts:
    """Deliveries of a tenant, tests and notices left out. `since` today's midnight where the person is."""

    sent_today: int
    held: int
    failed: int
    last_sent: datetime | None


def midnight(timezone: str, at: datetime) -> datetime:
    """Return when the day of `at` began in a time zone; an unknown zone counts as UTC."""
    try:
        zone = ZoneInfo(timezone)
    except (ValueError, OSError, LookupError):
        zone = ZoneInfo("UTC")
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def counts(session: Session, tenant_id: int, since: datetime) -> Counts:
    """Count a tenant's deliveries since a moment, and what waits or failed since then."""
    mine = (Delivery.tenant_id == tenant_id, Delivery.is_test.is_(False), Delivery.notice.is_(None))
    sent = select(func.count(Delivery.id)).where(
        *mine, Delivery.state == DELIVERED, Delivery.finished_at >= since
    )
    held = select(func.count(Delivery.id)).where(*mine, Delivery.state == HELD)
    failed = select(func.count(Delivery.id)).where(
        *mine, Delivery.state == DEAD, Delivery.finished_at >= since
    )
    last = select(func.max(Delivery.finished_at)).where(*mine, Delivery.state == DELIVERED)
    return Counts(
        session.scalar(sent) or 0,
        session.scalar(held) or 0,
        session.scalar(failed) or 0,
        session.scalar(last),
    )


def home(context: Context) -> Home:
    """Return what the home card shows, as seen from the space it was asked for in."""
    session, tenant_id, place = context.session, context.tenant_id, context.interaction.space
    found = counts(session, tenant_id, midnight(context.interaction.timezone, now()))
    by_switch = select(Rule.is_enabled, func.count(Rule.id)).where(Rule.tenant_id == tenant_id)
    switched = dict(session.execute(by_switch.group_by(Rule.is_enabled)).all())
    return Home(
        space=place.title if not place.is_dm else "",
        connected=hears_pipedrive(session, tenant_id),
        rules_on=switched.get(True, 0),
        rules_off=switched.get(False, 0),
        sent_today=found.sent_today,
        held=found.held,
        failed=found.failed,
        last_sent=ago(found.last_sent, now()) if found.last_sent else "",
        trouble=trouble(session, tenant_id),
        may_edit=context.caller.may_change,
    )


def trouble(session: Session, tenant_id: int) -> str:
    """Return the one thing that needs somebody, empty when all is well."""
    state = session.scalar(select(Connection.state).where(Connection.tenant_id == tenant_id))
    if state in BROKEN:
        return BROKEN[state]
    paused = session.scalar(
        select(Destination.name)
        .where(
            Destination.tenant_id == tenant_id,
            Destination.is_active.is_(False),
            Destination.paused_because.is_not(None),
        )
        .limit(1)
    )
    return f"{paused} is paused" if paused else ""


def status_facts(context: Context) -> list[tuple[str, str]]:
    """Return how things stand as (label, text): connection, quota, deliveries, the last one."""
    session, tenant_id = context.session, context.tenant_id
    found = counts(session, tenant_id, midnight(context.interaction.timezone, now()))
    tenant = session.get_one(Tenant, tenant_id)
    connection = session.scalar(select(Connection).where(Connection.tenant_id == tenant_id))
    company = (connection.domain or f"company {connection.company_id}") if connection else "no company yet"
    hears = "heard" if hears_pipedrive(session, tenant_id) else "not connected"
    limit = f"of {tenant.monthly_limit:,}" if tenant.monthly_limit is not None else "without a limit"
    return [
        ("Team", tenant.name),
        ("Pipedrive", f"{company}, {BROKEN.get(connection.state, hears) if connection else hears}"),
        ("This month", f"{tenant.monthly_count:,} cards {limit} (plan {tenant.plan})"),
        ("Today", f"{found.sent_today:,} sent, {found.held:,} held, {found.failed:,} failed"),
        ("Last card", ago(found.last_sent, now()) if found.last_sent else "none yet"),
    ]
