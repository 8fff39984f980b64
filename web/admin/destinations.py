"""Destinations on the admin page with their health; the connection to Pipedrive, its budget, the plan."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint
from flask.typing import ResponseReturnValue

from models.accounts.actor import Actor
from models.accounts.features import FEATURE_TEXTS, features_of
from models.accounts.permissions import require
from models.accounts.queries import get_tenant
from models.accounts.rights import Action
from models.clock import now
from models.connections.api_usage import standing
from models.connections.queries import connection_word, get_connection
from models.database.engine import Session
from models.deliveries.actions import send_test_card
from models.deliveries.reasons import plain_reason
from models.destinations.actions import pause_destination, resume_destination
from models.destinations.health import failing_among
from models.destinations.not_arriving import not_arriving
from models.destinations.queries import (
    get_destination,
    last_delivered,
    list_chosen_destinations,
    rule_names_by_destination,
    space_titles,
)
from models.errors import NotFound
from models.events.day_usage import usage_by_month
from models.plan.quota import usage
from models.tables.destinations import EMAIL, INCOMING_WEBHOOK, OUTGOING_WEBHOOK, Destination
from web.admin.deps import AdminDeps, id_in_query
from web.api.csv_table import csv_answer
from web.api.nouns.plan import MonthOut
from web.security.guards import allowed

SIZE: Final = 50  # destinations of a page
PATH: Final = "/admin/destinations"
KINDS: Final = {
    "chat_space": "space",
    "chat_dm": "direct message",
    INCOMING_WEBHOOK: "incoming webhook",
    EMAIL: "e-mail address",
    OUTGOING_WEBHOOK: "outgoing webhook",
}


def add_destinations(doors: Blueprint, deps: AdminDeps) -> None:
    """Add /admin/destinations and its buttons."""

    @doors.get(PATH)
    @allowed(Action.SPACE_READ)
    def destinations() -> str:
        after = id_in_query("after") or 0
        with deps.reading() as (session, actor):
            rest = list_chosen_destinations(session, actor.tenant, after=after, limit=SIZE + 1)
            rows = rest[:SIZE]
            shown = _facts(session, actor, rows)
            connection = get_connection(session, actor.tenant)
            day = standing(session, actor.tenant, now().date())
            plan, used = get_tenant(session, actor.tenant).plan, usage(session, actor.tenant, now())
            features = features_of(session, actor.tenant)
            silent = not_arriving(session, actor.tenant)
        return deps.page(
            "destinations.html",
            rows=rows,
            after=rows[-1].id if len(rest) > SIZE else None,
            connection=connection,
            connection_word=connection_word(connection),
            day=day,
            most_tokens=deps.settings.pipedrive_daily_tokens,
            is_limited=day.limited_until is not None and day.limited_until > now(),
            plan=plan,
            used=used,
            features=[(FEATURE_TEXTS[each], is_on) for each, is_on in features.items()],
            kinds=KINDS,
            plain_reason=plain_reason,
            silent=silent,
            now=now(),
            **shown,
        )

    @doors.get(f"{PATH}/usage.csv")
    @allowed(Action.SPACE_READ)
    def by_month() -> ResponseReturnValue:
        with deps.reading() as (session, actor):
            require(session, actor, Action.OVERVIEW_READ)
            months = usage_by_month(session, actor.tenant)
        answer = csv_answer(MonthOut, months)
        answer.headers["Content-Disposition"] = "attachment; filename=usage.csv"
        return answer

    def act(number: int, do: Callable[[Session, Actor, Destination], Any], flash: str) -> ResponseReturnValue:
        with deps.writing() as (session, actor):
            found = get_destination(session, actor.tenant, number)
            if found is None:
                raise NotFound
            do(session, actor, found)
        return deps.done(PATH, flash)

    @doors.post(f"{PATH}/<int:number>/pause")
    @allowed(Action.SPACE_CHANGE)
    def pause(number: int) -> ResponseReturnValue:
        return act(number, pause_destination, "paused")

    @doors.post(f"{PATH}/<int:number>/resume")
    @allowed(Action.SPACE_CHANGE)
    def resume(number: int) -> ResponseReturnValue:
        return act(number, resume_destination, "resumed")

    @doors.post(f"{PATH}/<int:number>/test")
    @allowed(Action.SPACE_CHANGE)
    def test(number: int) -> ResponseReturnValue:
        return act(number, send_test_card, "tested")


def _facts(session: Session, actor: Actor, rows: list[Destination]) -> dict[str, Any]:
    """Return what is known of destinations, each by its id: titles by name, last cards, rules, failures."""
    pairs = {(actor.tenant, each.id) for each in rows}
    return {
        "titles": space_titles(session, actor.tenant, [each.name for each in rows]),
        "last": last_delivered(session, actor.tenant, rows) if rows else {},
        "rules_of": rule_names_by_destination(session, actor.tenant, rows) if rows else {},
        "failing": {each.destination_id: each for each in failing_among(session, pairs)},
    }
