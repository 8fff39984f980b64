"""rule: which events become cards, and where."""

from __future__ import annotations

from bot import lookup
from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.rules.cards import delete_dialog, sent_text
from bot.rules.draw import blank_form, draw_rule_dialog
from bot.rules.show import rule_page, show_rule
from bot.widgets import Button, Message, press
from models.accounts.rights import Action
from models.rules import actions
from models.rules.queries import destinations_of


@command(
    "rule list",
    right=Action.RULE_READ,
    usage="[active|paused] [words]",
    summary="All rules, or those whose name has these words",
)
def rule_list(context: Context) -> Reply:
    return Say(rule_page(context, context.args))


@command("rule new", right=Action.RULE_MAKE, summary="Make a rule in a dialog")
def rule_new(context: Context) -> Reply:
    if context.interaction.opens_dialog:
        return Open(draw_rule_dialog(context, blank_form(context)))
    button = Button("New rule", press("rule.new", dialog=True), primary=True)
    detail = "Say which event shall become a card, under which conditions, and where it goes."
    return Say(done_card("Make a rule", detail, buttons=[button]))


@command("rule show", right=Action.RULE_READ, usage="<number or name>", summary="One rule, with all it says")
def rule_show(context: Context) -> Reply:
    return Say(show_rule(context, lookup.find_rule(context, context.args)))


@command(
    "rule on", right=Action.RULE_CHANGE, usage="<number or name>", summary="Switch a rule on", writes=True
)
def rule_on(context: Context) -> Reply:
    return _switch_rule(context, on=True)


@command(
    "rule off",
    right=Action.RULE_CHANGE,
    usage="<number or name>",
    summary="Switch a rule off; it sends nothing",
    writes=True,
)
def rule_off(context: Context) -> Reply:
    return _switch_rule(context, on=False)


def _switch_rule(context: Context, *, on: bool) -> Reply:
    rule = lookup.find_rule(context, context.args)
    actions.switch_rule(context.session, context.actor, rule, on=on)
    return Say(show_rule(context, rule))


@command(
    "rule test",
    right=Action.RULE_CHANGE,
    usage="<number or name>",
    summary="Send a test card where the rule posts",
    writes=True,
)
def rule_test(context: Context) -> Reply:
    rule = lookup.find_rule(context, context.args)
    names = actions.test_rule(context.session, context.actor, rule)
    context.wake_worker = True
    return Say(done_card(sent_text(names), f"From the rule “{rule.name}”, marked TEST."))


@command(
    "rule delete", right=Action.RULE_CHANGE, usage="<number or name>", summary="Delete a rule, after asking"
)
def rule_delete(context: Context) -> Reply:
    rule = lookup.find_rule(context, context.args)
    card = delete_dialog(rule, [each.name for each in destinations_of(context.session, rule)])
    return Say(Message(card, fallback_text=card.title))
