"""Deliveries on the admin page: found, watched while they arrive, explained one by one, and sent again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from bot.deliveries.words import STATE_TEXTS, reason_text, state_text
from models.accounts.actor import Actor
from models.accounts.rights import Action
from models.clock import now
from models.database.engine import Session
from models.deliveries.actions import retry_delivery
from models.destinations.not_arriving import not_arriving
from models.destinations.queries import list_chosen_destinations, space_titles
from models.errors import NotFound
from models.reports.history import MOST_COUNTED, DeliverySelection, ListPart, find_deliveries, find_delivery
from models.rules.why.explain import Explanation, explain_delivery
from models.tables.deliveries import STATES, Delivery, DeliveryState
from web.admin.card import view_card
from web.admin.deps import AdminDeps, id_in_query
from web.api.nouns.explanations import draw_explanation
from web.security.guards import allowed

SIZE: Final = 30  # rows of a page
MOST_PLACES: Final = 200  # in the list to choose from
LONGEST_WORDS: Final = 100
RANGES: Final = {
    "1h": ("the last hour", timedelta(hours=1)),
    "1d": ("the last day", timedelta(days=1)),
    "7d": ("the last 7 days", timedelta(days=7)),
    "30d": ("the last 30 days", timedelta(days=30)),
}
CHIPS: Final = {
    DeliveryState.DELIVERED: "done",
    DeliveryState.DEAD: "trouble",
    DeliveryState.PENDING: "waiting",
    DeliveryState.SENDING: "waiting",
}
_ENDED: Final = (DeliveryState.DEAD, DeliveryState.SKIPPED)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a search asks for: the words of its URL, each checked, empty for what it leaves open."""

    words: str
    state: str
    range: str
    place: int | None
    rule: int | None
    before: int | None
    shown_with: int | None = None  # a delivery: those that its message in Chat shows

    def selection(self, message_key: str | None) -> DeliverySelection:
        since = now() - RANGES[self.range][1] if self.range else None
        chosen = (self.state or None, self.rule, self.place)
        return DeliverySelection(*chosen, since=since, words=self.words, message_key=message_key)

    def link(self, before: int) -> str:
        """Return the address of the same search, of what is older than a delivery."""
        same = {"q": self.words, "state": self.state, "range": self.range, "place": self.place}
        same |= {"rule": self.rule, "with": self.shown_with}
        given = {name: value for name, value in same.items() if value}
        return f"/admin?{urlencode({**given, 'before': before})}"


def add_deliveries(doors: Blueprint, deps: AdminDeps) -> None:
    """Add /admin and /admin/deliveries/<id>."""

    @doors.get("/admin")
    @allowed(Action.LOG_READ)
    def deliveries() -> str:
        asked = _asked()
        with deps.reading() as (session, actor):
            part = ListPart(SIZE + 1, asked.before)
            key = _message_key(session, actor, asked.shown_with)
            found, total = find_deliveries(session, actor, asked.selection(key), part)
            places = list_chosen_destinations(session, actor.tenant, limit=MOST_PLACES)
            shown = {each.destination_name for each in found} | {each.name for each in places}
            titles = space_titles(session, actor.tenant, shown)
            silent = not_arriving(session, actor.tenant) if actor.may(Action.SPACE_READ) else []
        return deps.page(
            "deliveries.html",
            asked=asked,
            silent=silent,
            rows=found[:SIZE],
            older=asked.link(found[SIZE - 1].id) if len(found) > SIZE else "",
            total=f"more than {MOST_COUNTED:,}" if total >= MOST_COUNTED else f"{total:,}",
            places=[(each.id, titles.get(each.name, each.name)) for each in places],
            titles=titles,
            states={state: STATE_TEXTS[state] for state in STATES},
            ranges={key: words for key, (words, _) in RANGES.items()},
            state_text=state_text,
            reason_text=reason_text,
            chips=CHIPS,
        )

    @doors.get("/admin/deliveries/<int:number>")
    @allowed(Action.LOG_READ)
    def delivery(number: int) -> str:
        with deps.reading() as (session, actor):
            found = find_delivery(session, actor, number)
            if found is None:
                raise NotFound
            one, attempts = found
            explained = _explained(session, actor, one)
            card = view_card(session, actor, one, explained)
            titles = space_titles(session, actor.tenant, [one.destination_name])
        return deps.page(
            "delivery.html",
            one=one,
            attempts=attempts,
            explained=None if explained is None else draw_explanation(explained),
            card=card,
            titles=titles,
            may_retry=actor.may(Action.LOG_RETRY) and one.state in _ENDED,
            state_text=state_text,
            reason_text=reason_text,
            chips=CHIPS,
        )

    @doors.post("/admin/deliveries/<int:number>/retry")
    @allowed(Action.LOG_RETRY)
    def retry(number: int) -> ResponseReturnValue:
        with deps.writing() as (session, actor):
            if find_delivery(session, actor, number) is None:
                raise NotFound
            retry_delivery(session, actor, str(number))
        return deps.done(f"/admin/deliveries/{number}", "retried")


def _asked() -> Asked:
    given = request.args
    state, past = given.get("state", ""), given.get("range", "")
    return Asked(
        given.get("q", "").strip()[:LONGEST_WORDS],
        state if state in STATES else "",
        past if past in RANGES else "",
        id_in_query("place"),
        id_in_query("rule"),
        id_in_query("before"),
        id_in_query("with"),
    )


def _message_key(session: Session, actor: Actor, number: int | None) -> str | None:
    """Return the key of the message that shows a delivery, None for none. Raises NotFound."""
    if number is None:
        return None
    found = find_delivery(session, actor, number)
    if found is None or found[0].message_key is None:
        raise NotFound
    return found[0].message_key


def _explained(session: Session, actor: Actor, one: Delivery) -> Explanation | None:
    """Return why a delivery came; None where the reader may not ask, or it has no event that they may see."""
    if not actor.may(Action.WHY_READ):
        return None
    try:
        return explain_delivery(session, actor, str(one.id))
    except NotFound:
        return None
