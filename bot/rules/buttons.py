"""The buttons on cards of rules. If the rule was deleted meanwhile, they say who deleted it."""

from __future__ import annotations

from typing import Final

from bot import lookup
from bot.cards.done import done_card
from bot.chat.interaction import InteractionKind
from bot.chat.reply import Open, Reply, Update
from bot.command_line import split_words
from bot.context import Context, press
from bot.rules.backtests import backtest_card, read_part
from bot.rules.cards import delete_dialog, deleted_card, sent_text
from bot.rules.previews import chosen_event, preview_card
from bot.rules.show import gone_card, rule_page, show_rule, titles_of_rule
from bot.widgets import Button
from bot.widgets import press as press_of
from models.accounts.rights import Action
from models.database.row_ids import row_id
from models.errors import NotFound
from models.languages.translate import tr
from models.rules import actions
from models.rules.undo import undo
from models.tables import Rule

with_rule: Final = lookup.with_object("rule", lookup.rule_by_id, gone_card)


@press("rule.list", right=Action.RULE_READ)
def list_rules(context: Context) -> Reply:
    words = split_words(context.interaction.parameters.get("find", ""))
    return Update(rule_page(context, words, context.page))


@press("rule.show", right=Action.RULE_READ)
@with_rule
def open_rule(context: Context, rule: Rule) -> Reply:
    return Update(show_rule(context, rule))


@press("rule.toggle", right=Action.RULE_CHANGE, writes=True)
@with_rule
def toggle_rule(context: Context, rule: Rule) -> Reply:
    """Set the state the button named, not the opposite of the present one: a repeat is harmless."""
    on = context.interaction.parameters.get("to", "on") == "on"
    actions.switch_rule(context.session, context.actor, rule, on=on)
    return Update(show_rule(context, rule))


@press("rule.reveal", right=Action.RULE_REVEAL, writes=True)
@with_rule
def reveal_restricted(context: Context, rule: Rule) -> Reply:
    """Show or redact what not everybody may see in Pipedrive, as the switch says."""
    on = context.interaction.parameters.get("to") == "on"
    actions.show_restricted(context.session, context.actor, rule, on=on)
    return Update(show_rule(context, rule))


@press("rule.try", right=Action.RULE_CHANGE)
@with_rule
def try_rule(context: Context, rule: Rule) -> Reply:
    return Update(preview_card(context, rule))


@press("rule.preview", right=Action.RULE_CHANGE)
@with_rule
def preview_event(context: Context, rule: Rule) -> Reply:
    """Draw the test of a rule with another event; in a dialog, where no card can be updated, as a dialog."""
    drawn = preview_card(context, rule, chosen_event(context))
    in_dialog = context.interaction.kind is InteractionKind.DIALOG_SUBMIT and drawn.card is not None
    return Open(drawn.card) if in_dialog and drawn.card else Update(drawn)


@press("rule.backtest", right=Action.RULE_CHANGE)
@with_rule
def backtest_rule(context: Context, rule: Rule) -> Reply:
    return Update(backtest_card(context, rule, read_part(context)))


@press("rule.test", right=Action.RULE_CHANGE, writes=True)
@with_rule
def test_rule(context: Context, rule: Rule) -> Reply:
    names = actions.test_rule(context.session, context.actor, rule, chosen_event(context))
    context.wake_worker = True
    back = Button(tr("Back to the rule"), press_of("rule.show", rule=rule.id), primary=True)
    return Update(
        done_card(
            sent_text(names), tr("From the rule “{name}”, marked TEST.", name=rule.name), buttons=[back]
        )
    )


@press("rule.delete", right=Action.RULE_CHANGE)
@with_rule
def ask_to_delete_rule(context: Context, rule: Rule) -> Reply:
    return Open(delete_dialog(rule, titles_of_rule(context, rule)))


@press("rule.remove", right=Action.RULE_CHANGE, writes=True)
@with_rule
def delete_rule(context: Context, rule: Rule) -> Reply:
    name = rule.name
    return Update(deleted_card(name, actions.delete_rule(context.session, context.actor, rule)))


@press("rule.undo", right=Action.RULE_CHANGE, writes=True)
def undo_change(context: Context) -> Reply:
    """Undo the deletion or the edit of an audit entry."""
    entry = row_id(context.interaction.parameters.get("entry", ""))
    if entry is None:
        raise NotFound("the button names no entry")
    return Update(show_rule(context, undo(context.session, context.actor, entry)))
