"""rule: which events become cards, and where."""

from __future__ import annotations

from bot import lookup
from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.rules import actions as rule_actions
from bot.rules import queries as rule_queries
from bot.rules.draw import blank, draw
from bot.widgets import Button, Message, press


@command("rule list", usage="[active|paused] [words]", says="All rules, or those whose name has these words")
def rule_list(context: Context) -> Reply:
    return Say(rule_queries.page_of(context, context.said))


@command("rule new", says="Make a rule in a dialog")
def rule_new(context: Context) -> Reply:
    if context.interaction.opens_dialog:
        return Open(draw(context, blank(context)))
    button = Button("New rule", press("rule.new", dialog=True), primary=True)
    detail = "Say which event shall become a card, under which conditions, and where it goes."
    return Say(done_card("Make a rule", detail, buttons=[button]))


@command("rule show", usage="<number or name>", says="One rule, with all it says")
def rule_show(context: Context) -> Reply:
    return Say(rule_queries.shown(context, lookup.rule(context, context.said)))


@command("rule on", usage="<number or name>", says="Switch a rule on", writes=True)
def rule_on(context: Context) -> Reply:
    return Say(rule_actions.switch(context, lookup.rule(context, context.said), on=True))


@command("rule off", usage="<number or name>", says="Switch a rule off; it sends nothing", writes=True)
def rule_off(context: Context) -> Reply:
    return Say(rule_actions.switch(context, lookup.rule(context, context.said), on=False))


@command("rule test", usage="<number or name>", says="Send a test card where the rule posts", writes=True)
def rule_test(context: Context) -> Reply:
    rule = lookup.rule(context, context.said)
    said = rule_actions.sent_text(rule_actions.test(context, rule))
    return Say(done_card(said, f"From the rule “{rule.name}”, marked TEST."))


@command("rule delete", usage="<number or name>", says="Delete a rule, after asking")
def rule_delete(context: Context) -> Reply:
    card = rule_actions.ask_to_delete(context, lookup.rule(context, context.said))
    return Say(Message(card, fallback_text=card.title))
