"""Shows rules: a page of them, or one with its recent activity."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from bot.context import Context
from bot.rules.cards import RuleFacts, rule_card, rules_card
from bot.text.event_types import event_types_text
from bot.text.format import ago, listed, plural
from bot.widgets import Message
from models.accounts import permissions
from models.accounts.rights import Action
from models.clock import now
from models.connections.names import known_names
from models.destinations.queries import space_titles
from models.pipedrive.filters.filters import InvalidFilter, parse
from models.pipedrive.names import NO_NAMES
from models.pipedrive.types import entities_of
from models.rules.queries import cards_since, destination_names, list_rules, template_names
from models.tables import Rule

PAGE: Final = 10
STATE_WORDS: Final = {"active": True, "on": True, "paused": False, "inactive": False, "off": False}


def rule_page(context: Context, args: Sequence[str] = (), page: int = 1) -> Message:
    """Return one page of the tenant's rules; `args` are active or paused, and words of the name."""
    enabled, words = _parse_search(args)
    only_space = permissions.only_space(context.actor, Action.RULE_READ)
    rules = list_rules(
        context.session, context.tenant_id, enabled=enabled, words=words, only_space=only_space
    )
    pages = max(1, -(-len(rules) // PAGE))
    page = min(max(page, 1), pages)
    facts = _facts_of(context, rules[(page - 1) * PAGE : page * PAGE])
    return rules_card(
        facts, page=page, pages=pages, total=len(rules), may_make=context.actor.may(Action.RULE_MAKE)
    )


def _parse_search(args: Sequence[str]) -> tuple[bool | None, str]:
    """Return whether to search active or paused rules (None: both), and the words to find in their names."""
    first = args[0].lower() if args else ""
    rest = args[1:] if first in STATE_WORDS else args
    return STATE_WORDS.get(first), " ".join(rest)


def show_rule(context: Context, rule: Rule) -> Message:
    """Return the card of one rule, with its recent activity."""
    (facts,) = _facts_of(context, [rule], lately=True)
    may_edit = permissions.may_with_rule(context.session, context.actor, Action.RULE_CHANGE, rule)
    return rule_card(facts, may_edit=may_edit, may_reveal=context.actor.may(Action.RULE_REVEAL))


def _facts_of(context: Context, rules: Sequence[Rule], *, lately: bool = False) -> list[RuleFacts]:
    session, tenant_id = context.session, context.tenant_id
    names, titles = destination_names(session, tenant_id, rules), space_titles(session, tenant_id)
    templates = template_names(session, tenant_id)
    only_space = permissions.only_space(context.actor, Action.SPACE_READ)
    return [
        RuleFacts(
            id=str(rule.id),
            name=rule.name,
            enabled=rule.is_enabled,
            on=event_types_text(rule.event_types),
            when=condition_text(context, rule),
            to=listed([titles.get(name, name) for name in names[rule.id] if only_space in (None, name)])
            or "nowhere yet",
            look=templates.get(rule.template_id or 0, rule.look),
            urgent=rule.is_urgent,
            shows_restricted=rule.shows_restricted,
            lately=_recent_activity(context, rule) if lately else "",
        )
        for rule in rules
    ]


def condition_text(context: Context, rule: Rule) -> str:
    """Return a rule's filter as text, empty for always."""
    if rule.conditions is None:
        return ""
    is_custom = "custom." in str(rule.conditions)
    names = known_names(context.session, context.tenant_id) if is_custom else NO_NAMES
    try:
        return parse(rule.conditions, entities_of(rule.event_types), names).words()
    except InvalidFilter as invalid:
        return f"cannot be read any more: {invalid.problems[0][1]}"


def _recent_activity(context: Context, rule: Rule) -> str:
    count, last = cards_since(context.session, rule, now() - timedelta(days=7))
    if last is None:
        return "nothing this week"
    return f"{plural(count, 'card')} this week, last one {ago(last, now())}"
