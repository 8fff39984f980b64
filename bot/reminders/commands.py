"""remind, reminder list, and holiday."""

from __future__ import annotations

from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.reminders.form import draw_form
from bot.reminders.holidays import add_by_words, draw_holidays, remove_by_words
from bot.reminders.show import draw_reminders, remind_by_words
from models.accounts.rights import Action


@command(
    "remind",
    right=Action.ATTENTION_SELF,
    usage="<tomorrow 09:00, in 2h, mon 9:00 or 2026-12-24> <what>",
    summary="Remind you later in a direct message",
    writes=True,
)
def remind(context: Context) -> Reply:
    if not context.args and context.interaction.opens_dialog:
        return Open(draw_form(context))
    return Say(remind_by_words(context, context.args))


@command(
    "reminder list", right=Action.ATTENTION_SELF, summary="What you will be reminded of, and what you were"
)
def reminder_list(context: Context) -> Reply:
    return Say(draw_reminders(context))


@command(
    "holiday list",
    right=Action.ATTENTION_SELF,
    summary="Days off, of the team and yours",
)
def holiday_list(context: Context) -> Reply:
    return Say(draw_holidays(context))


@command(
    "holiday add",
    right=Action.ATTENTION_SELF,
    usage="2026-12-24 [2026-12-26] [me|team] [name]",
    summary="Add days off, yours or those of the team",
    writes=True,
)
def holiday_add(context: Context) -> Reply:
    return Say(add_by_words(context, context.args))


@command(
    "holiday remove",
    right=Action.ATTENTION_SELF,
    usage="<number>",
    summary="Remove days off",
    writes=True,
)
def holiday_remove(context: Context) -> Reply:
    return Say(remove_by_words(context, context.args))
