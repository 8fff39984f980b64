"""rule bulk: many rules at once."""

from __future__ import annotations

from bot.bulk.show import choose_dialog
from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.widgets import Button, press
from models.accounts.rights import Action
from models.languages.translate import tr


@command(
    "rule bulk",
    right=Action.RULE_CHANGE,
    usage="[words]",
    summary="Switch many rules, move them to another place or delete them",
)
def rule_bulk(context: Context) -> Reply:
    find = " ".join(context.args)
    if context.interaction.opens_dialog:
        return Open(choose_dialog(context, find))
    button = Button(tr("Choose rules"), press("bulk.open", dialog=True, find=find), primary=True)
    detail = tr("Tick the rules, say what to do with them, and look at it once more before it is done.")
    return Say(done_card(tr("Change many rules"), detail, buttons=[button]))
