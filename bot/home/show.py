"""Reads what the home card and the status card show of a tenant."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.attention.overview import digest_text, muted_text, quiet_text
from bot.context import Context
from bot.destinations.show import failing_text
from bot.home.cards import Home, Problem
from bot.inbox.show import unread_text
from bot.text.format import ago, plural
from models.accounts.features import Feature
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
from models.destinations.not_arriving import named_failing, not_arriving
from models.destinations.queries import destination_title
from models.events.store import last_webhook_at
from models.languages.translate import marked, tr, tr_plural, tr_stored, whole
from models.pipedrive.rest.webhooks import WANTED
from models.plan.quota import PlanUsage, usage
from models.rules.queries import count_rules
from models.tables import Connection
from models.tables.connections import ConnectionState

MOST_FAILING: Final = 3
BROKEN_TEXTS: Final[dict[str, str]] = {
    ConnectionState.NEEDS_REAUTH: marked("Pipedrive has to be connected again"),
    ConnectionState.LEAVING: marked("Pipedrive is being disconnected"),
    ConnectionState.REVOKED: marked("Pipedrive is disconnected"),
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
    rules_on, rules_off = count_rules(session, tenant_id)
    connection = get_connection(session, tenant_id)
    quiet, digest = quiet_text(context), digest_text(context)
    return Home(
        space=space.title if not space.is_dm else "",
        connected=gets_events(session, tenant_id),
        rules_on=rules_on,
        rules_off=rules_off,
        sent_today=counts.sent_today,
        held=counts.held,
        failed=counts.failed,
        unread=unread_text(context),
        muted=muted_text(context),
        quiet=quiet,
        digest=digest,
        last_sent=ago(counts.last_sent, now()) if counts.last_sent else "",
        problem=_problem(context),
        connection=tr(BROKEN_TEXTS.get(connection.state, "")) if connection is not None else "",
        may_make=context.actor.may(Action.RULE_MAKE),
        may_connect=context.actor.may(Action.CONNECTION_CHANGE),
        # What was set before a plan lost it goes on, so its card is still needed to switch it off.
        has_quiet=bool(quiet) or context.has(Feature.QUIET_HOURS),
        has_digest=bool(digest) or context.has(Feature.DIGESTS),
    )


def status_problem(context: Context) -> Problem:
    """Return the first problem that a person has to solve, or that Pipedrive is not connected yet."""
    found = _problem(context)
    if found.text or gets_events(context.session, context.tenant_id):
        return found
    return Problem(tr("Pipedrive is not connected yet"))


def _problem(context: Context) -> Problem:
    """Return the first problem that a person has to solve: of the connection, then of a destination."""
    connection = get_connection(context.session, context.tenant_id)
    if connection is not None and connection.state in BROKEN_TEXTS:
        return Problem(tr(BROKEN_TEXTS[connection.state]), reconnect=True)
    if connection is not None and connection.state == ConnectionState.CONNECTED and connection.problem:
        return Problem(tr_stored(connection.problem), reconnect=True)
    return _problem_of_destinations(context)


def _problem_of_destinations(context: Context) -> Problem:
    found = not_arriving(context.session, context.tenant_id)
    if not found:
        return Problem()
    first, more = found[0], len(found) - 1
    if more:
        text = tr_plural(
            "{place} and {count} other take no cards now; see /pipenotify space list",
            "{place} and {count} others take no cards now; see /pipenotify space list",
            more,
            place=first.title,
        )
    elif first.is_paused:
        text = tr("{place} takes no cards any more; see /pipenotify space list", place=first.title)
    elif first.missing:
        text = tr(
            "{place} takes no cards: {setting} is missing here", place=first.title, setting=first.missing
        )
    elif context.actor.may(Action.SPACE_CHANGE):
        text = tr(
            "{place} takes no cards now; /pipenotify space resume {id} tries again at once",
            place=first.title,
            id=first.id,
        )
    else:
        text = tr("{place} takes no cards now; it is tried again by itself", place=first.title)
    return Problem(text, place=first.id)


def connection_facts(
    session: Session, tenant_id: int, connection: Connection | None
) -> list[tuple[str, str]]:
    """Return the state of the connection as (label, text): problem, webhooks, last event, matched users."""
    last = last_webhook_at(session, tenant_id)
    facts = [(tr("Last event"), ago(last, now()) if last else tr("none yet"))]
    if failed := count_failed(session, tenant_id):
        facts.append(
            (
                tr("Could not be read"),
                tr_plural(
                    "{count} event, kept to be read again", "{count} events, kept to be read again", failed
                ),
            )
        )
    if connection is None or connection.state == ConnectionState.NONE:
        return facts
    if waits := waiting(session, tenant_id):
        facts.append((tr("Missed changes"), tr_stored(waits)))
    if connection.problem:
        facts.insert(0, (tr("Trouble with Pipedrive"), tr_stored(connection.problem)))
    if connection.is_admin is False:
        facts.append((tr("Hears of"), tr("a part: who connected it is no admin in Pipedrive")))
    if connection.keeps_webhooks:
        facts.append((tr("Webhooks"), _webhooks_text(session, tenant_id, connection)))
    everybody, matched = count_matched_users(session, tenant_id)
    return [
        *facts,
        (
            tr("People"),
            tr(
                "{matched} of {everybody} matched with users of Pipedrive",
                matched=whole(matched),
                everybody=whole(everybody),
            ),
        ),
    ]


def _webhooks_text(session: Session, tenant_id: int, connection: Connection) -> str:
    """Return how many webhooks work; without a connection nobody can know."""
    if connection.state != ConnectionState.CONNECTED:
        return tr("not known until Pipedrive is connected again")
    return tr("{live} of {all} live", live=count_live_webhooks(session, tenant_id), all=len(WANTED))


def plan_facts(plan: str, used: PlanUsage) -> list[tuple[str, str]]:
    """Return the plan with its limit, what was counted this month, and what is held over the limit."""
    limit = used.limit
    facts = [
        (
            tr("Plan"),
            tr("{plan}, {limit} cards a month", plan=plan, limit=whole(limit))
            if limit is not None
            else tr("{plan}, without a limit", plan=plan),
        )
    ]
    if used.cards or limit is not None:
        cards = plural(used.cards, "card")
        of_limit = "" if limit is None else tr("{cards} of {limit}", cards=cards, limit=whole(limit))
        facts.append((tr("This month"), of_limit or cards))
    if used.held:
        until = tr("until {day}, or until the limit is raised", day=used.resets_at.date().isoformat())
        facts.append((tr("Held over the limit"), f"{whole(used.held)} {until}"))
    return facts


def _failing_facts(session: Session, tenant_id: int) -> list[tuple[str, str]]:
    """Return where cards do not arrive now, with the reason; three of them, and how many more."""
    failing = named_failing(session, tenant_id)
    facts = []
    for each in failing[:MOST_FAILING]:
        title = destination_title(session, tenant_id, each.destination_id)
        facts.append((tr("Failing: {place}", place=title), failing_text(each, now())))
    if more := len(failing) - len(facts):
        facts.append(
            (tr("Failing"), tr_plural("{count} more destination", "{count} more destinations", more))
        )
    return facts


def status_facts(context: Context) -> list[tuple[str, str]]:
    """Return the state of the tenant as (label, text): connection, quota, deliveries, the last card."""
    session, tenant_id = context.session, context.tenant_id
    counts = count_deliveries(session, tenant_id, midnight_in(context.interaction.timezone, now()))
    tenant = get_tenant(session, tenant_id)
    connection = get_connection(session, tenant_id)
    company = (connection.company_name or connection.domain) if connection else ""
    events_text = marked("connected") if gets_events(session, tenant_id) else marked("not connected")
    return [
        (tr("Team"), tenant.name),
        (
            "Pipedrive",
            ", ".join(
                filter(
                    None,
                    (
                        company,
                        tr(BROKEN_TEXTS.get(connection.state, events_text) if connection else events_text),
                    ),
                )
            ),
        ),
        *connection_facts(session, tenant_id, connection),
        *plan_facts(tenant.plan, usage(session, tenant_id, now())),
        (
            tr("Events today"),
            tr(
                "{sent} sent, {held} held, {failed} failed",
                sent=whole(counts.sent_today),
                held=whole(counts.held),
                failed=whole(counts.failed),
            ),
        ),
        *_failing_facts(session, tenant_id),
        (tr("Muted"), muted_text(context) or tr("nothing")),
        (tr("Quiet hours"), quiet_text(context) or tr("none set")),
        (tr("Digest"), digest_text(context) or tr("none, each card comes by itself")),
        (tr("Last card"), ago(counts.last_sent, now()) if counts.last_sent else tr("none yet")),
    ]
