"""The button that undoes a change of many rules."""

from __future__ import annotations

from bot.bulk.show import change_of, read_ids, undone_card
from bot.chat.reply import Reply, Update
from bot.context import Context, press
from models.accounts.rights import Action
from models.rules.bulk import undo_change


@press("bulk.undo", right=Action.RULE_CHANGE, writes=True)
def undo(context: Context) -> Reply:
    parameters = context.interaction.parameters
    what = change_of(parameters.get("change", ""))
    return Update(
        undone_card(undo_change(context.session, context.actor, what, read_ids([parameters.get("ids", "")])))
    )
