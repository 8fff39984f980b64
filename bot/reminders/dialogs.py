"""The dialog "Remind me", of a deal or of a delivered card, and what it saves."""

from __future__ import annotations

from bot.chat.reply import Close, Open, Reply
from bot.context import Context, dialog
from bot.reminders.form import draw_form, read_form
from bot.reminders.show import is_set_text, set_from_form
from models.accounts.rights import Action
from models.errors import InvalidRequest


@dialog("reminder.new", right=Action.ATTENTION_SELF)
def open_form(context: Context) -> Reply:
    return Open(draw_form(context))


@dialog("reminder.save", right=Action.ATTENTION_SELF, writes=True)
def save(context: Context) -> Reply:
    """Set the reminder; what cannot be read is asked for again with the reason."""
    try:
        wait = set_from_form(context, read_form(context))
    except InvalidRequest as refused:
        return Open(draw_form(context, refused.user_message))
    return Close(is_set_text(context, wait))
