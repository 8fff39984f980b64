"""when: a rule in one sentence, which opens its dialog filled in."""

from __future__ import annotations

from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.phrases.show import phrase_card, phrase_dialog
from models.accounts.rights import Action


@command(
    "when",
    right=Action.RULE_MAKE,
    usage="<what happens, conditions, where to post>",
    summary="Make a rule of a sentence: when a deal over 10k is won post it here",
)
def when(context: Context) -> Reply:
    if context.interaction.opens_dialog:
        return Open(phrase_dialog(context, context.args))
    return Say(phrase_card(context, context.args))
