"""The buttons that encrypt or decrypt contact details, and say how far that has got."""

from __future__ import annotations

from bot.chat.reply import Reply, Update
from bot.context import Context, press
from bot.privacy.show import draw_encryption, encryption_now
from models.accounts.rights import Action
from models.maintenance.encryption import set_encryption


@press("privacy.encrypt", right=Action.RETENTION_CHANGE, writes=True)
def encrypt_contacts(context: Context) -> Reply:
    """Set the state that the button named, not the opposite of the present one: a repeat is harmless."""
    is_on = context.interaction.parameters.get("to") == "on"
    return Update(draw_encryption(context, set_encryption(context.session, context.actor, is_on=is_on)))


@press("privacy.progress", right=Action.OVERVIEW_READ)
def show_progress(context: Context) -> Reply:
    return Update(encryption_now(context))
