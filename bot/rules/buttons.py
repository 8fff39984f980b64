"""The buttons on cards of rules. A rule that is gone meanwhile is answered by those there are."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from bot import lookup
from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, press
from bot.rules import actions as rule_actions
from bot.rules import queries as rule_queries
from bot.widgets import Button
from bot.widgets import press as pressing
from models.tables import Rule


def about_a_rule(handle: Callable[[Context, Rule], Reply]) -> Callable[[Context], Reply]:
    """Give a button its rule; without one (a stale card) show the present state instead of an error."""

    @wraps(handle)
    def find_first(context: Context) -> Reply:
        rule = lookup.rule_by_id(context, context.interaction.parameters.get("rule", ""))
        return handle(context, rule) if rule else Update(rule_queries.page_of(context))

    return find_first


@press("rule.list")
def list_rules(context: Context) -> Reply:
    page = context.interaction.parameters.get("page", "1")
    return Update(rule_queries.page_of(context, page=int(page) if page.isdecimal() and len(page) < 9 else 1))


@press("rule.show")
@about_a_rule
def show(context: Context, rule: Rule) -> Reply:
    return Update(rule_queries.shown(context, rule))


@press("rule.toggle", writes=True)
@about_a_rule
def toggle(context: Context, rule: Rule) -> Reply:
    """Switch to what the button said, not to the opposite of what is: a click that repeats is harmless."""
    on = context.interaction.parameters.get("to", "on") == "on"
    return Update(rule_actions.switch(context, rule, on=on))


@press("rule.reveal", writes=True)
@about_a_rule
def reveal(context: Context, rule: Rule) -> Reply:
    """Show or withhold what not everybody may see in Pipedrive, as the switch said."""
    on = context.interaction.parameters.get("to") == "on"
    return Update(rule_actions.reveal(context, rule, on=on))


@press("rule.test", writes=True)
@about_a_rule
def test(context: Context, rule: Rule) -> Reply:
    said = rule_actions.sent_text(rule_actions.test(context, rule))
    back = Button("Back to the rule", pressing("rule.show", rule=rule.id), primary=True)
    return Update(done_card(said, f"From the rule “{rule.name}”, marked TEST.", buttons=[back]))


@press("rule.delete")
@about_a_rule
def ask_to_delete(context: Context, rule: Rule) -> Reply:
    return Open(rule_actions.ask_to_delete(context, rule))


@press("rule.remove", writes=True)
@about_a_rule
def remove(context: Context, rule: Rule) -> Reply:
    return Update(rule_actions.delete(context, rule))


@press("rule.undo", writes=True)
def undo(context: Context) -> Reply:
    rule = rule_actions.bring_back(context, context.interaction.parameters.get("entry", ""))
    return Update(rule_queries.shown(context, rule))
