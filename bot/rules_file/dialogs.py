"""The dialog that imports a document: paste, see what changes, load."""

from __future__ import annotations

from bot.chat.reply import Open, Reply, Update
from bot.context import Context, dialog
from bot.rules_file.show import MOST_LETTERS, TOO_LONG, import_dialog, loaded_card, mark_of
from bot.widgets import Card
from models.accounts.rights import Action
from models.errors import InvalidRulesFile
from models.languages.translate import tr
from models.rules_file.for_people import check_import, import_rules


@dialog("rules.import", right=Action.RULE_IMPORT)
def open_import(_context: Context) -> Reply:
    return Open(import_dialog())


@dialog("rules.check", right=Action.RULE_IMPORT)
def show_changes(context: Context) -> Reply:
    return Open(_look(context, tr("What would change")))


@dialog("rules.load", right=Action.RULE_IMPORT, writes=True)
def load_document(context: Context) -> Reply:
    """Load the document, if it would change what was shown; else show the changes again."""
    text = _typed(context)
    try:
        lines = check_import(context.session, context.deps.vault, context.actor, text)
    except InvalidRulesFile:
        return Open(_look(context, ""))
    if context.interaction.parameters.get("mark") != mark_of(text, lines):
        return Open(_look(context, tr("This is not what you saw before. What would change now")))
    return Update(loaded_card(import_rules(context.session, context.deps.vault, context.actor, text)))


def _look(context: Context, heading: str) -> Card:
    """Return the dialog with what the document would change, or with all that is wrong with it."""
    text = _typed(context)
    if len(text) > MOST_LETTERS:
        return import_dialog(
            text[:MOST_LETTERS], says=[tr(TOO_LONG)], heading=tr("Please look at this again")
        )
    try:
        lines = check_import(context.session, context.deps.vault, context.actor, text)
    except InvalidRulesFile as wrong:
        return import_dialog(text, says=wrong.problems, heading=tr("Please look at this again"))
    if not lines:
        return import_dialog(text, says=[tr("Nothing: all is as the document says.")], heading=heading)
    return import_dialog(text, says=lines, heading=heading, mark=mark_of(text, lines))


def _typed(context: Context) -> str:
    return next(iter(context.interaction.inputs.get("document", ())), "")
