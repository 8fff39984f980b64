"""What is done to destinations, whether typed or pressed: linked, tested, paused, resumed, removed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from sqlalchemy import and_, func, select, update

from bot.cards.done import confirm_dialog, done_card
from bot.context import Context
from bot.destinations.cards import DestinationFacts, destination_card, destinations_card
from bot.rules.queries import is_somebodys_choice, space_titles
from bot.text.format import ago, listed
from bot.widgets import Button, Card, Message, press
from models.clock import now
from models.deliveries.test_cards import create_test_cards
from models.destinations.linking import link_space, remove_destination, rules_naming, unlink_space
from models.errors import InvalidRequest
from models.tables import Delivery, Destination, Rule, RuleDestination, Space
from models.tables.deliveries import DeliveryState
from models.tables.destinations import PAUSED_BY

PAGE: Final = 10
KINDS: Final = {
    "chat_space": "Google Chat space",
    "chat_webhook": "Incoming webhook",
    "chat_dm": "Direct message",
}


def page_of(context: Context, page: int = 1) -> Message:
    """Return one page of the tenant's destinations."""
    query = select(Destination).where(Destination.tenant_id == context.tenant_id, is_somebodys_choice())
    places = list(context.session.scalars(query.order_by(Destination.id)))
    pages = max(1, -(-len(places) // PAGE))
    page = min(max(page, 1), pages)
    facts = _facts(context, places[(page - 1) * PAGE : page * PAGE])
    return destinations_card(
        facts, page=page, pages=pages, total=len(places), may_edit=context.actor.may_change
    )


def shown(context: Context, destination: Destination) -> Message:
    (facts,) = _facts(context, [destination])
    return destination_card(facts, may_edit=context.actor.may_change)


def _facts(context: Context, places: Sequence[Destination]) -> list[DestinationFacts]:
    titles, rules, last = space_titles(context), _rules(context, places), _last(context, places)
    return [
        DestinationFacts(
            id=str(destination.id),
            name=titles.get(destination.name, destination.name),
            kind=KINDS.get(destination.kind, destination.kind),
            rules=rules[destination.id],
            paused="" if destination.is_active else destination.paused_because or "by a person",
            last=last.get(destination.id, ""),
        )
        for destination in places
    ]


def _rules(context: Context, places: Sequence[Destination]) -> dict[int, list[str]]:
    pair = and_(RuleDestination.tenant_id == Rule.tenant_id, RuleDestination.rule_id == Rule.id)
    query = select(RuleDestination.destination_id, Rule.name).join(Rule, pair).order_by(Rule.name)
    ids = RuleDestination.destination_id.in_([destination.id for destination in places])
    found: dict[int, list[str]] = defaultdict(list)
    for place_id, name in context.session.execute(query.where(Rule.tenant_id == context.tenant_id, ids)):
        found[place_id].append(name)
    return found


def _last(context: Context, places: Sequence[Destination]) -> dict[int, str]:
    mine = and_(Delivery.tenant_id == context.tenant_id, Delivery.state == DeliveryState.DELIVERED)
    ids = Delivery.destination_id.in_([destination.id for destination in places])
    query = select(Delivery.destination_id, func.max(Delivery.finished_at)).where(mine, ids)
    rows = context.session.execute(query.group_by(Delivery.destination_id))
    return {place_id: ago(at, now()) for place_id, at in rows if place_id is not None and at is not None}


def link_here(context: Context) -> Message:
    """Let rules post into the space where this was asked; asking twice is asking once."""
    here = context.interaction.space
    if here.is_dm:
        raise InvalidRequest(
            user_message="This is a direct message. Say it in the space where cards shall appear."
        )
    known = context.actor.is_certain
    if not known:
        link_space(context.session, context.tenant_id, here.name, here.title)
        context.record("space.linked", here.name, title=here.title)
    what = "This space is linked already" if known else "This space is linked"
    detail = f"Rules of {context.actor.tenant_name} may post here."
    button = Button("New rule", press("rule.new", dialog=True), primary=True)
    return done_card(what, detail, buttons=[button, Button("Rules", press("rule.list"))])


def test(context: Context, destination: Destination) -> Message:
    """Owe one test card to a destination."""
    if not destination.is_active:
        raise InvalidRequest(user_message="It is paused and hears nothing. Resume it first.")
    create_test_cards(context.session, context.tenant_id, [destination])
    context.wakes = True
    context.record("space.tested", destination.name)
    back = Button("Back", press("space.show", place=destination.id), primary=True)
    return done_card("A test card is on the way", f"To {destination.name}.", buttons=[back])


def pause(context: Context, destination: Destination) -> Message:
    """Stop sending to a destination until somebody resumes it."""
    if destination.is_active:
        _switch(context, destination, is_active=False, because=f"{PAUSED_BY}{context.actor.name}")
        context.record("space.paused", destination.name)
    return shown(context, destination)


def resume(context: Context, destination: Destination) -> Message:
    """Send to a destination again, whoever or whatever paused it."""
    if not destination.is_active or destination.paused_because:
        _switch(context, destination, is_active=True, because=None)
        context.record("space.resumed", destination.name)
    return shown(context, destination)


def _switch(context: Context, destination: Destination, *, is_active: bool, because: str | None) -> None:
    mine = (Destination.tenant_id == context.tenant_id, Destination.id == destination.id)
    switched = update(Destination).where(*mine).values(is_active=is_active, paused_because=because)
    context.session.execute(switched)
    context.session.refresh(destination)


def ask_to_remove(context: Context, destination: Destination) -> Card:
    """Return the dialog before a destination goes, naming the rules that lose it."""
    rules = rules_naming(context.session, context.tenant_id, destination)
    loses = f"These rules lose it: {listed(rules, most=10)}." if rules else "No rule posts there."
    what = f"{space_titles(context).get(destination.name, destination.name)} hears nothing any more. {loses}"
    yes = press("space.drop", place=destination.id)
    return confirm_dialog("Remove this destination?", what, yes="Remove", press=yes)


def remove(context: Context, destination: Destination) -> Message:
    """Take a destination away; history keeps its name."""
    name = space_titles(context).get(destination.name, destination.name)
    rules = rules_naming(context.session, context.tenant_id, destination)
    context.record("space.removed", destination.name, rules=rules)
    space = None
    if destination.space_id is not None:
        mine = (Space.tenant_id == context.tenant_id, Space.id == destination.space_id)
        space = context.session.scalar(select(Space).where(*mine))
    if space is not None:
        unlink_space(context.session, context.tenant_id, space)
    else:
        remove_destination(context.session, context.tenant_id, destination)
    lost = f"{listed(rules, most=10)} no longer post there." if rules else ""
    return done_card(f"{name} is removed", lost, buttons=[Button("All", press("space.list"))])
