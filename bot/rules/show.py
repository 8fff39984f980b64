"""Shows rules: a page of them, or one with its recent activity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Final

from bot.cards.done import done_card
from bot.context import Context
from bot.rules.cards import RuleFacts, RuleList, rule_card, rules_card
from bot.rules.condition_words import condition_words
from bot.rules.meanwhile import deletion_of, deletion_text
from bot.rules.search import parse_search
from bot.text.event_types import event_types_text
from bot.text.format import ago, listed
from bot.widgets import Button, Message, press
from models.accounts import permissions
from models.accounts.rights import Action
from models.clock import now
from models.connections.names import choice_names
from models.destinations.queries import space_titles
from models.destinations.recipients import mention_text
from models.languages.translate import tr, tr_plural
from models.pipedrive.filters.filters import InvalidFilter
from models.pipedrive.names import NO_NAMES
from models.rules.queries import (
    cards_since,
    destination_names,
    destinations_of,
    list_rules,
    template_names,
)
from models.rules.save import mention_of
from models.tables import Destination, Rule

PAGE: Final = 10


def rule_page(context: Context, args: Sequence[str] = (), page: int = 1) -> Message:
    """Return one page of the tenant's rules, by where they post; `args` narrow it (see `parse_search`)."""
    session, tenant_id = context.session, context.tenant_id
    search = parse_search(args)
    only_space = permissions.only_space(context.actor, Action.RULE_READ)
    every = list_rules(session, tenant_id, only_space=only_space)
    titles = space_titles(session, tenant_id)
    places = destination_names(session, tenant_id, every)
    here = context.interaction.space.name
    rules = [rule for rule in every if search.fits(rule, here in places[rule.id])]
    where = {rule.id: _where_text(places[rule.id], titles, only_space) for rule in rules}
    rules.sort(key=lambda rule: where[rule.id].casefold())
    pages = max(1, -(-len(rules) // PAGE))
    page = min(max(page, 1), pages)
    near = [] if rules else search.nearest([rule.name for rule in every])
    view = RuleList(
        page,
        pages,
        len(rules),
        find=args,
        nothing="" if rules else search.explain_nothing([rule.name for rule in every]),
        near=[(rule.name, rule.id) for rule in every if rule.name in near],
    )
    facts = facts_of(context, rules[(page - 1) * PAGE : page * PAGE])
    return rules_card(facts, view, may_make=context.actor.may(Action.RULE_MAKE))


def _where_text(names: Sequence[str], titles: Mapping[str, str], only_space: str | None) -> str:
    """Return where a rule posts, as far as the reader sees it: a guest sees their space alone."""
    shown = [titles.get(name, name) for name in names if only_space in (None, name)]
    return listed(shown) or tr("nowhere yet")


def titles_of_rule(context: Context, rule: Rule) -> list[str]:
    """Return where a rule posts, by the names that people know."""
    return titles_of(context, destinations_of(context.session, rule))


def titles_of(context: Context, destinations: Sequence[Destination]) -> list[str]:
    titles = space_titles(context.session, context.tenant_id)
    return [titles.get(each.name, each.name) for each in destinations]


def gone_card(context: Context) -> Message:
    """Return what happened to the rule of a button that was deleted meanwhile, with the way back."""
    deletion = deletion_of(context, context.interaction.parameters.get("rule", ""))
    buttons = [Button(tr("All rules"), press("rule.list"))]
    if deletion is not None and permissions.may_restore(context.actor, deletion.made_by, deletion.who):
        buttons.insert(0, Button(tr("Undo"), press("rule.undo", entry=deletion.entry)))
    return done_card(tr("This rule is gone"), deletion_text(deletion), buttons=buttons)


def show_rule(context: Context, rule: Rule) -> Message:
    """Return the card of one rule, with its recent activity."""
    (facts,) = facts_of(context, [rule], lately=True)
    may_edit = permissions.may_with_rule(context.session, context.actor, Action.RULE_CHANGE, rule)
    return rule_card(facts, may_edit=may_edit, may_reveal=context.actor.may(Action.RULE_REVEAL))


def facts_of(context: Context, rules: Sequence[Rule], *, lately: bool = False) -> list[RuleFacts]:
    """Return rules in the words shown to people; `lately`: with what they did this week."""
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
            to=_where_text(names[rule.id], titles, only_space),
            look=templates.get(rule.template_id or 0, rule.look),
            urgent=rule.is_urgent,
            priority=rule.priority,
            mentions=mention_text(mention_of(rule)),
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
    names = choice_names(context.session, context.tenant_id) if is_custom else NO_NAMES
    try:
        return condition_words(rule.conditions, rule.event_types, names)
    except InvalidFilter:
        return tr("a condition that cannot be read any more; edit this rule")


def _recent_activity(context: Context, rule: Rule) -> str:
    count, last = cards_since(context.session, rule, now() - timedelta(days=7))
    if last is None:
        return tr("nothing this week")
    return tr_plural(
        "matched {count} event this week, the last one {ago}",
        "matched {count} events this week, the last one {ago}",
        count,
        ago=ago(last, now()),
    )
