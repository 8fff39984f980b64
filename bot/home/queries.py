"""How things stand for a tenant: what the home card and the status card say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.context import Context
from bot.home.cards import Home
from bot.home.membership import hears_pipedrive
from bot.text.format import ago
from models.backfills.backfills import waiting
from models.clock import now
from models.events.store import last_webhook_at
from models.pipedrive.rest.webhooks import WANTED
from models.tables import (
    Connection,
    Delivery,
    Destination,
    Rule,
    Tenant,
    User,
    WebhookCredential,
    WebhookSubscription,
)
from models.tables.connections import ConnectionState
from models.tables.deliveries import DeliveryState

BROKEN: Final[dict[str, str]] = {
    ConnectionState.NEEDS_REAUTH: "Pipedrive has to be connected again",
    ConnectionState.LEAVING: "Pipedrive is being disconnected",
    ConnectionState.REVOKED: "Pipedrive is disconnected",
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
        *mine, Delivery.state == DeliveryState.DELIVERED, Delivery.finished_at >= since
    )
    held = select(func.count(Delivery.id)).where(*mine, Delivery.state == DeliveryState.HELD)
    failed = select(func.count(Delivery.id)).where(
        *mine, Delivery.state == DeliveryState.DEAD, Delivery.finished_at >= since
    )
    last = select(func.max(Delivery.finished_at)).where(*mine, Delivery.state == DeliveryState.DELIVERED)
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
    needed, reconnect = connection_problem(session, tenant_id)
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
        trouble=needed,
        reconnect=reconnect,
        may_edit=context.actor.may_change,
    )


def has_manual_webhook(session: Session, tenant_id: int) -> bool:
    """Tell whether events come by a webhook that a person made in Pipedrive, and not by ours."""
    keeps = select(Connection.keeps_webhooks).where(Connection.tenant_id == tenant_id)
    mine = select(WebhookCredential.id).where(WebhookCredential.tenant_id == tenant_id)
    return not session.scalar(keeps) and session.scalar(mine.limit(1)) is not None


def connection_problem(session: Session, tenant_id: int) -> tuple[str, bool]:
    """Return the one thing that needs somebody, empty when all is well, and whether to connect again."""
    mine = select(Connection.state, Connection.problem).where(Connection.tenant_id == tenant_id)
    state, problem = session.execute(mine).first() or (ConnectionState.NONE, "")
    if state in BROKEN:
        return BROKEN[state], True
    if state == ConnectionState.CONNECTED and problem:
        return problem, True
    paused = session.scalar(
        select(Destination.name)
        .where(
            Destination.tenant_id == tenant_id,
            Destination.is_active.is_(False),
            Destination.paused_because.is_not(None),
        )
        .limit(1)
    )
    return f"{paused} is paused" if paused else "", False


def connection_facts(
    session: Session, tenant_id: int, connection: Connection | None
) -> list[tuple[str, str]]:
    """Return how the connection fares: its trouble, webhooks, the last event, people who are matched."""
    last = last_webhook_at(session, tenant_id)
    facts = [("Last event", ago(last, now()) if last else "none yet")]
    if connection is None or connection.state == ConnectionState.NONE:
        return facts
    if waits := waiting(session, tenant_id):
        facts.append(("Missed changes", waits))
    if connection.problem:
        facts.insert(0, ("Trouble with Pipedrive", connection.problem))
    if connection.is_admin is False:
        facts.append(("Hears of", "a part: who connected it is no admin in Pipedrive"))
    if connection.keeps_webhooks:
        facts.append(("Webhooks", f"{_live(session, tenant_id)} of {len(WANTED)} live"))
    people = select(func.count(User.id), func.count(User.pipedrive_user_id))
    everybody, matched = session.execute(people.where(User.tenant_id == tenant_id)).one()
    return [*facts, ("People", f"{matched:,} of {everybody:,} matched with users of Pipedrive")]


def _live(session: Session, tenant_id: int) -> int:
    mine = (WebhookSubscription.tenant_id == tenant_id, WebhookSubscription.trouble == "")
    return session.scalar(select(func.count(WebhookSubscription.id)).where(*mine)) or 0


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
        *connection_facts(session, tenant_id, connection),
        ("This month", f"{tenant.monthly_count:,} cards {limit} (plan {tenant.plan})"),
        ("Today", f"{found.sent_today:,} sent, {found.held:,} held, {found.failed:,} failed"),
        ("Last card", ago(found.last_sent, now()) if found.last_sent else "none yet"),
    ]
