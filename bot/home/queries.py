"""The state of a tenant, as shown by the home card and the status card."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.context import Context
from bot.home.cards import Home
from bot.text.format import ago
from models.accounts.queries import get_tenant
from models.backfills.backfills import waiting
from models.clock import now
from models.connections.queries import (
    count_live_webhooks,
    count_matched_users,
    get_connection,
    gets_events,
)
from models.database.engine import Session
from models.deliveries.queries import count_deliveries
from models.destinations.queries import first_paused
from models.events.store import last_webhook_at
from models.pipedrive.rest.webhooks import WANTED
from models.rules.queries import count_rules
from models.tables import Connection
from models.tables.connections import ConnectionState

BROKEN: Final[dict[str, str]] = {
    ConnectionState.NEEDS_REAUTH: "Pipedrive has to be connected again",
    ConnectionState.LEAVING: "Pipedrive is being disconnected",
    ConnectionState.REVOKED: "Pipedrive is disconnected",
}


def midnight(timezone: str, at: datetime) -> datetime:
    """Return when the day of `at` began in a time zone; an unknown zone counts as UTC."""
    try:
        zone = ZoneInfo(timezone)
    except (ValueError, OSError, LookupError):
        zone = ZoneInfo("UTC")
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def home(context: Context) -> Home:
    """Return what the home card shows, as seen from the space it was asked for in."""
    session, tenant_id, place = context.session, context.tenant_id, context.interaction.space
    found = count_deliveries(session, tenant_id, midnight(context.interaction.timezone, now()))
    needed, reconnect = connection_problem(session, tenant_id)
    rules_on, rules_off = count_rules(session, tenant_id)
    return Home(
        space=place.title if not place.is_dm else "",
        connected=gets_events(session, tenant_id),
        rules_on=rules_on,
        rules_off=rules_off,
        sent_today=found.sent_today,
        held=found.held,
        failed=found.failed,
        last_sent=ago(found.last_sent, now()) if found.last_sent else "",
        problem=needed,
        reconnect=reconnect,
        may_edit=context.actor.may_change,
    )


def connection_problem(session: Session, tenant_id: int) -> tuple[str, bool]:
    """Return the one thing that needs attention (empty when all is well), and whether to connect again."""
    connection = get_connection(session, tenant_id)
    state, problem = (
        (connection.state, connection.problem) if connection is not None else (ConnectionState.NONE, "")
    )
    if state in BROKEN:
        return BROKEN[state], True
    if state == ConnectionState.CONNECTED and problem:
        return problem, True
    paused = first_paused(session, tenant_id)
    return f"{paused} is paused" if paused else "", False


def connection_facts(
    session: Session, tenant_id: int, connection: Connection | None
) -> list[tuple[str, str]]:
    """Return the state of the connection: problem, webhooks, the last event, number of matched people."""
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
        facts.append(("Webhooks", f"{count_live_webhooks(session, tenant_id)} of {len(WANTED)} live"))
    everybody, matched = count_matched_users(session, tenant_id)
    return [*facts, ("People", f"{matched:,} of {everybody:,} matched with users of Pipedrive")]


def status_facts(context: Context) -> list[tuple[str, str]]:
    """Return the status as (label, text): connection, quota, deliveries, the last one."""
    session, tenant_id = context.session, context.tenant_id
    found = count_deliveries(session, tenant_id, midnight(context.interaction.timezone, now()))
    tenant = get_tenant(session, tenant_id)
    connection = get_connection(session, tenant_id)
    company = (connection.domain or f"company {connection.company_id}") if connection else "no company yet"
    hears = "heard" if gets_events(session, tenant_id) else "not connected"
    limit = f"of {tenant.monthly_limit:,}" if tenant.monthly_limit is not None else "without a limit"
    return [
        ("Team", tenant.name),
        ("Pipedrive", f"{company}, {BROKEN.get(connection.state, hears) if connection else hears}"),
        *connection_facts(session, tenant_id, connection),
        ("This month", f"{tenant.monthly_count:,} cards {limit} (plan {tenant.plan})"),
        ("Today", f"{found.sent_today:,} sent, {found.held:,} held, {found.failed:,} failed"),
        ("Last card", ago(found.last_sent, now()) if found.last_sent else "none yet"),
    ]
