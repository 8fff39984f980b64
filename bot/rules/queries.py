"""Rules as their cards show them, read from the record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import and_, func, or_, select

from bot.context import Context
from bot.rules.cards import RuleFacts, rule_card, rules_card
from bot.text.event_types import event_types_text
from bot.text.format import ago, listed, plural
from bot.widgets import Message
from models.clock import now
from models.connections.names import known_names
from models.pipedrive.filters.filters import InvalidFilter, parse
from models.pipedrive.names import NO_NAMES
from models.pipedrive.types import entities_of
from models.tables import Delivery, Destination, Rule, RuleDestination, Space, Template
from models.tables.deliveries import DeliveryState

PAGE: Final = 10
SWITCHED: Final = {"active": True, "on": True, "paused": False, "inactive": False, "off": False}


def page_of(context: Context, said: Sequence[str] = (), page: int = 1) -> Message:
    """Return one page of the tenant's rules; `said` is active or paused, and words the name has."""
    state, search = _asked(said)
    query = select(Rule).where(Rule.tenant_id == context.tenant_id).order_by(Rule.priority.desc(), Rule.id)
    if state is not None:
        query = query.where(Rule.is_enabled.is_(state))
    rules = [rule for rule in context.session.scalars(query) if search in rule.name.casefold()]
    pages = max(1, -(-len(rules) // PAGE))
    page = min(max(page, 1), pages)
    shown = rules[(page - 1) * PAGE : page * PAGE]
    facts = _facts(context, shown)
    return rules_card(facts, page=page, pages=pages, total=len(rules), may_edit=context.actor.may_change)


def _asked(said: Sequence[str]) -> tuple[bool | None, str]:
    """Return whether rules on or off are wanted (None: both), and what their names hold."""
    first = said[0].lower() if said else ""
    rest = said[1:] if first in SWITCHED else said
    return SWITCHED.get(first), " ".join(rest).casefold()


def shown(context: Context, rule: Rule) -> Message:
    """Return the card of one rule, with what it did lately."""
    (facts,) = _facts(context, [rule], lately=True)
    return rule_card(facts, may_edit=context.actor.may_change, may_reveal=context.actor.is_admin)


def _facts(context: Context, rules: Sequence[Rule], *, lately: bool = False) -> list[RuleFacts]:
    places, templates = _places(context, rules), _template_names(context, rules)
    return [
        RuleFacts(
            id=str(rule.id),
            name=rule.name,
            enabled=rule.is_enabled,
            on=event_types_text(rule.event_types),
            when=condition_text(context, rule),
            to=listed(places[rule.id]) or "nowhere yet",
            look=templates.get(rule.template_id or 0, rule.look),
            urgent=rule.is_urgent,
            shows_restricted=rule.shows_restricted,
            lately=_lately(context, rule) if lately else "",
        )
        for rule in rules
    ]


def condition_text(context: Context, rule: Rule) -> str:
    """Return a rule's filter in words, empty for always."""
    if rule.conditions is None:
        return ""
    is_custom = "custom." in str(rule.conditions)
    names = known_names(context.session, context.tenant_id) if is_custom else NO_NAMES
    try:
        return parse(rule.conditions, entities_of(rule.event_types), names).words()
    except InvalidFilter as refused:
        return f"cannot be read any more: {refused.problems[0][1]}"


def _places(context: Context, rules: Sequence[Rule]) -> dict[int, list[str]]:
    pair = and_(
        Destination.tenant_id == RuleDestination.tenant_id, Destination.id == RuleDestination.destination_id
    )
    query = select(RuleDestination.rule_id, Destination).join(Destination, pair)
    mine = and_(
        RuleDestination.tenant_id == context.tenant_id,
        RuleDestination.rule_id.in_([rule.id for rule in rules]),
    )
    found: dict[int, list[str]] = defaultdict(list)
    titles = space_titles(context)
    for rule_id, place in context.session.execute(query.where(mine).order_by(RuleDestination.position)):
        found[rule_id].append(titles.get(place.name, place.name))
    return found


def is_somebodys_choice() -> Any:
    """Build the condition that leaves out direct messages which no rule names: only notices go there.

    One that Chat refuses is shown all the same: somebody has to resume it.
    """
    named = and_(
        RuleDestination.tenant_id == Destination.tenant_id, RuleDestination.destination_id == Destination.id
    )
    is_named = select(RuleDestination.rule_id).where(named).exists()
    return or_(Destination.kind != "chat_dm", Destination.is_active.is_(False), is_named)


def space_titles(context: Context) -> dict[str, str]:
    """Return what linked spaces are called, by Chat's own names of them."""
    query = select(Space.name, Space.title).where(Space.tenant_id == context.tenant_id, Space.title != "")
    return dict(context.session.execute(query).all())


def _template_names(context: Context, rules: Sequence[Rule]) -> dict[int, str]:
    ids = [rule.template_id for rule in rules if rule.template_id]
    query = select(Template.id, Template.name).where(
        Template.tenant_id == context.tenant_id, Template.id.in_(ids)
    )
    return dict(context.session.execute(query).all()) if ids else {}


def _lately(context: Context, rule: Rule) -> str:
    query = select(func.count(Delivery.id), func.max(Delivery.finished_at)).where(
        Delivery.tenant_id == context.tenant_id,
        Delivery.rule_id == rule.id,
        Delivery.state == DeliveryState.DELIVERED,
        Delivery.is_test.is_(False),
        Delivery.finished_at >= now() - timedelta(days=7),
    )
    count, last = context.session.execute(query).one()
    if last is None:
        return "nothing this week"
    return f"{plural(count, 'card')} this week, last one {ago(last, now())}"
