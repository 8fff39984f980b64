"""The button below a sentence that was read: it opens the dialog of a rule, filled in."""

from __future__ import annotations

from bot.chat.reply import Open, Reply
from bot.command_line import split_words
from bot.context import Context, press
from bot.phrases.show import phrase_dialog
from models.accounts.rights import Action


@press("when.open", right=Action.RULE_MAKE)
def open_phrase(context: Context) -> Reply:
    words = split_words(context.interaction.parameters.get("phrase", ""))
    return Open(phrase_dialog(context, words))
