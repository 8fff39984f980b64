"""rule: which events become cards, and where."""

from __future__ import annotations

from bot import lookup
from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.rules.backtests import MOST_DAYS, USUAL_DAYS, Part, backtest_card, days_of
from bot.rules.cards import delete_dialog
from bot.rules.dialog.draw import DialogState, blank_form, draw_rule_dialog
from bot.rules.dialog.form import form_of
from bot.rules.meanwhile import marks_of
from bot.rules.previews import preview_card
from bot.rules.show import rule_page, show_rule, titles_of_rule
from bot.widgets import Button, Message, press
from models.accounts.rights import Action
from models.languages.translate import tr
from models.rules import actions
from models.rules.save import read_draft


@command(
    "rule list",
    right=Action.RULE_READ,
    usage="[on|off] [here] [words]",
    summary="All rules with their numbers: those that are on or off, post here, have these words in the name",
)
def rule_list(context: Context) -> Reply:
    return Say(rule_page(context, context.args))


@command("rule new", right=Action.RULE_MAKE, summary="Make a rule in a dialog")
def rule_new(context: Context) -> Reply:
    if context.interaction.opens_dialog:
        return Open(draw_rule_dialog(context, blank_form(context)))
    button = Button(tr("New rule"), press("rule.new", dialog=True), primary=True)
    detail = tr("Say which event shall become a card, under which conditions, and where it goes.")
    return Say(done_card(tr("Make a rule"), detail, buttons=[button]))


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


@command("rule edit", right=Action.RULE_CHANGE, usage="<number or name>", summary="Change a rule in a dialog")
def rule_edit(context: Context) -> Reply:
    rule = lookup.find_rule(context, context.args)
    if context.interaction.opens_dialog:
        draft = read_draft(context.session, rule)
        return Open(draw_rule_dialog(context, form_of(draft), DialogState(str(rule.id), marks_of(draft))))
    return Say(show_rule(context, rule))


@command(
    "rule test",
    right=Action.RULE_CHANGE,
    usage="<number or name>",
    summary="See the card of a real event in private, then post it as a test",
)
def rule_test(context: Context) -> Reply:
    return Say(preview_card(context, lookup.find_rule(context, context.args)))


@command(
    "rule backtest",
    right=Action.RULE_CHANGE,
    usage="<number or name> [7d]",
    summary="What a rule would have done in the last days, and what it just missed",
)
def rule_backtest(context: Context) -> Reply:
    *name, last = context.args or ("",)
    days = days_of(last) if name else None
    rule = lookup.find_rule(context, name if days else context.args)
    return Say(backtest_card(context, rule, Part(min(days or USUAL_DAYS, MOST_DAYS))))


@command(
    "rule clone",
    right=Action.RULE_MAKE,
    usage="<number or name>",
    summary="Copy a rule as your own, switched off until you have changed it",
    writes=True,
)
def rule_clone(context: Context) -> Reply:
    rule = lookup.find_rule(context, context.args)
    return Say(show_rule(context, actions.clone_rule(context.session, context.actor, rule)))


@command(
    "rule delete", right=Action.RULE_CHANGE, usage="<number or name>", summary="Delete a rule, after asking"
)
def rule_delete(context: Context) -> Reply:
    rule = lookup.find_rule(context, context.args)
    card = delete_dialog(rule, titles_of_rule(context, rule))
    return Say(Message(card, fallback_text=card.title))
