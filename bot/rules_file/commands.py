"""rule export and rule import: all rules and templates as one document."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.rules_file.show import draw_export, import_dialog
from bot.widgets import Button, press
from models.accounts.rights import Action
from models.languages.translate import tr


@command(
    "rule export", right=Action.RULE_IMPORT, summary="All rules and templates as a document, to copy or keep"
)
def rule_export(context: Context) -> Reply:
    return Say(draw_export(context))


@command(
    "rule import",
    right=Action.RULE_IMPORT,
    summary="Load such a document in a dialog, after a look at what changes",
)
def rule_import(context: Context) -> Reply:
    if context.interaction.opens_dialog:
        return Open(import_dialog())
    button = Button(tr("Import rules"), press("rules.import", dialog=True), primary=True)
    detail = tr("Paste a document of rules and templates. You see what would change before it does.")
    return Say(done_card(tr("Import rules"), detail, buttons=[button]))
