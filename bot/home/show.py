"""Reads what the home card and the status card show of a tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.attention.overview import digest_text, muted_text, quiet_text
from bot.context import Context
from bot.home.cards import Home
from bot.text.format import ago, plural
from models.accounts.queries import get_tenant
from models.accounts.rights import Action
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
from models.deliveries.replay_events import count_failed
from models.destinations.queries import first_paused
from models.events.day_usage import cards_of_month
from models.events.store import last_webhook_at
from models.pipedrive.rest.webhooks import WANTED
from models.rules.queries import count_rules
from models.tables import Connection
from models.tables.connections import ConnectionState

BROKEN_TEXTS: Final[dict[str, str]] = {
    ConnectionState.NEEDS_REAUTH: "Pipedrive has to be connected again",
    ConnectionState.LEAVING: "Pipedrive is being disconnected",
    ConnectionState.REVOKED: "Pipedrive is disconnected",
}


def midnight_in(timezone: str, at: datetime) -> datetime:
    """Return when the day of `at` began in a time zone; an unknown zone counts as UTC."""
    try:
        zone = ZoneInfo(timezone)
    except (ValueError, OSError, LookupError):
        zone = ZoneInfo("UTC")
    return at.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)


def read_home(context: Context) -> Home:
    """Return what the home card shows in the space of this interaction."""
    session, tenant_id, space = context.session, context.tenant_id, context.interaction.space
    counts = count_deliveries(session, tenant_id, midnight_in(context.interaction.timezone, now()))
    problem, reconnect = connection_problem(session, tenant_id)
    rules_on, rules_off = count_rules(session, tenant_id)
    connection = get_connection(session, tenant_id)
    return Home(
        space=space.title if not space.is_dm else "",
        connected=gets_events(session, tenant_id),
        rules_on=rules_on,
        rules_off=rules_off,
        sent_today=counts.sent_today,
        held=counts.held,
        failed=counts.failed,
        muted=muted_text(context),
        quiet=quiet_text(context),
        digest=digest_text(context),
        last_sent=ago(counts.last_sent, now()) if counts.last_sent else "",
        problem=problem,
        reconnect=reconnect,
        connection=BROKEN_TEXTS.get(connection.state, "") if connection is not None else "",
        may_make=context.actor.may(Action.RULE_MAKE),
        may_connect=context.actor.may(Action.CONNECTION_CHANGE),
    )


def connection_problem(session: Session, tenant_id: int) -> tuple[str, bool]:
    """Return the one problem that a person has to solve, empty when there is none.

    The second value tells whether connecting Pipedrive again solves it.
    """
    connection = get_connection(session, tenant_id)
    state, problem = (
        (connection.state, connection.problem) if connection is not None else (ConnectionState.NONE, "")
    )
    if state in BROKEN_TEXTS:
        return BROKEN_TEXTS[state], True
    if state == ConnectionState.CONNECTED and problem:
        return problem, True
    refusing = first_paused(session, tenant_id)
    return f"{refusing} takes no cards any more; see /pipenotify space list" if refusing else "", False


def connection_facts(
    session: Session, tenant_id: int, connection: Connection | None
) -> list[tuple[str, str]]:
    """Return the state of the connection as (label, text): problem, webhooks, last event, matched users."""
    last = last_webhook_at(session, tenant_id)
    facts = [("Last event", ago(last, now()) if last else "none yet")]
    if failed := count_failed(session, tenant_id):
        facts.append(("Could not be read", f"{plural(failed, 'event')}, kept to be read again"))
    if connection is None or connection.state == ConnectionState.NONE:
        return facts
    if waits := waiting(session, tenant_id):
        facts.append(("Missed changes", waits))
    if connection.problem:
        facts.insert(0, ("Trouble with Pipedrive", connection.problem))
    if connection.is_admin is False:
        facts.append(("Hears of", "a part: who connected it is no admin in Pipedrive"))
    if connection.keeps_webhooks:
        facts.append(("Webhooks", _webhooks_text(session, tenant_id, connection)))
    everybody, matched = count_matched_users(session, tenant_id)
    return [*facts, ("People", f"{matched:,} of {everybody:,} matched with users of Pipedrive")]


def _webhooks_text(session: Session, tenant_id: int, connection: Connection) -> str:
    """Return how many webhooks work; without a connection nobody can know."""
    if connection.state != ConnectionState.CONNECTED:
        return "not known until Pipedrive is connected again"
    return f"{count_live_webhooks(session, tenant_id)} of {len(WANTED)} live"


def plan_facts(plan: str, limit: int | None, counted: int) -> list[tuple[str, str]]:
    """Return the plan with its limit, and what was counted this month; no number where nothing is counted."""
    facts = [
        ("Plan", f"{plan}, {limit:,} cards a month" if limit is not None else f"{plan}, without a limit")
    ]
    if counted:
        of_limit = f" of {limit:,}" if limit is not None else ""
        facts.append(("This month", plural(counted, "card") + of_limit))
    return facts


def status_facts(context: Context) -> list[tuple[str, str]]:
    """Return the state of the tenant as (label, text): connection, quota, deliveries, the last card."""
    session, tenant_id = context.session, context.tenant_id
    counts = count_deliveries(session, tenant_id, midnight_in(context.interaction.timezone, now()))
    tenant = get_tenant(session, tenant_id)
    connection = get_connection(session, tenant_id)
    company = (connection.company_name or connection.domain) if connection else ""
    events_text = "connected" if gets_events(session, tenant_id) else "not connected"
    return [
        ("Team", tenant.name),
        (
            "Pipedrive",
            ", ".join(
                filter(
                    None,
                    (company, BROKEN_TEXTS.get(connection.state, events_text) if connection else events_text),
                )
            ),
        ),
        *connection_facts(session, tenant_id, connection),
        *plan_facts(tenant.plan, tenant.monthly_limit, cards_of_month(session, tenant_id, now())),
        ("Events today", f"{counts.sent_today:,} sent, {counts.held:,} held, {counts.failed:,} failed"),
        ("Muted", muted_text(context) or "nothing"),
        ("Quiet hours", quiet_text(context) or "none set"),
        ("Digest", digest_text(context) or "none, each card comes by itself"),
        ("Last card", ago(counts.last_sent, now()) if counts.last_sent else "none yet"),
    ]
