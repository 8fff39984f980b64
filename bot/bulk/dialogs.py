"""The dialogs of `rule bulk`: choose, look, change or move."""

from __future__ import annotations

from bot.bulk.move import EVERYWHERE, move_dialog
from bot.bulk.show import ask_dialog, change_of, changed_card, choose_dialog, read_ids
from bot.chat.reply import Open, Reply, Update
from bot.context import Context, dialog
from models.accounts.rights import Action
from models.languages.translate import tr
from models.rules.bulk import RuleChange, change_rules, changeable_rules, move_rules


@dialog("bulk.open", right=Action.RULE_CHANGE)
def open_choice(context: Context) -> Reply:
    return Open(choose_dialog(context, context.interaction.parameters.get("find", "")))


@dialog("bulk.search", right=Action.RULE_CHANGE)
def search(context: Context) -> Reply:
    return Open(choose_dialog(context, _first(context, "find"), chosen=_chosen(context)))


@dialog("bulk.ask", right=Action.RULE_CHANGE)
def ask(context: Context) -> Reply:
    """Name what will be changed; without a choice, show the rules again."""
    rules = changeable_rules(context.session, context.actor, _chosen(context))
    if not rules:
        return Open(choose_dialog(context, _first(context, "find"), problem=tr("Tick at least one rule.")))
    wanted = change_of(_first(context, "change"))
    return Open(move_dialog(context, rules) if wanted is RuleChange.MOVE else ask_dialog(rules, wanted))


@dialog("bulk.change", right=Action.RULE_CHANGE, writes=True)
def change(context: Context) -> Reply:
    parameters = context.interaction.parameters
    what = change_of(parameters.get("change", ""))
    done = change_rules(context.session, context.actor, read_ids([parameters.get("ids", "")]), what)
    return Update(changed_card(done, what))


@dialog("bulk.move", right=Action.RULE_CHANGE, writes=True)
def move(context: Context) -> Reply:
    """Move the rules; without a place, ask again."""
    ids = read_ids([context.interaction.parameters.get("ids", "")])
    to, instead_of = _first(context, "to"), _first(context, "from")
    if not to:
        rules = changeable_rules(context.session, context.actor, ids)
        return Open(move_dialog(context, rules, tr("Choose where they shall post.")))
    instead_of = "" if instead_of == EVERYWHERE else instead_of
    done = move_rules(context.session, context.actor, ids, to, instead_of)
    return Update(changed_card(done, RuleChange.MOVE))


def _chosen(context: Context) -> list[int]:
    return read_ids(context.interaction.inputs.get("rules", ()))


def _first(context: Context, name: str) -> str:
    return next(iter(context.interaction.inputs.get(name, ())), "")
