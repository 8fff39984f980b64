"""The answer of an installation for testing in a space that is not one of its test spaces.

Its database may be a copy of production's, so nothing is looked up or stored there, and no card is changed.
"""

from __future__ import annotations

from typing import Final

from bot.cards.error import error_card
from bot.chat.interaction import Interaction, InteractionKind
from bot.chat.reply import Nothing, Reply, Say
from models.languages.translate import tr

UNANSWERED: Final = (
    InteractionKind.ADDED,
    InteractionKind.REMOVED,
    InteractionKind.DIALOG_CANCEL,
    InteractionKind.UNKNOWN,
)


def answer_outside(interaction: Interaction) -> Reply:
    """Return a line that only the asking person sees; nothing where others would see it, or nobody asked."""
    is_private = interaction.space.is_dm or interaction.user.name.startswith("users/")
    is_asked = interaction.kind not in UNANSWERED and not interaction.user.is_bot
    if not is_asked or interaction.matched_url or not is_private:
        return Nothing()
    why = tr("It answers in its test spaces alone. Nothing was changed.")
    return Say(error_card(tr("This is a staging installation"), why), keep_clicked=True)
