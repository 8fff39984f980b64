"""The buttons of reminders and days off: pages, Cancel, and again later."""

from __future__ import annotations

from bot.chat.reply import Reply, Update
from bot.context import Context, press
from bot.reminders.holidays import draw_holidays, remove_by_words
from bot.reminders.show import again, cancel, draw_reminders
from models.accounts.rights import Action


@press("reminder.list", right=Action.ATTENTION_SELF)
def list_page(context: Context) -> Reply:
    return Update(draw_reminders(context, context.page))


@press("reminder.cancel", right=Action.ATTENTION_SELF, writes=True)
def cancel_one(context: Context) -> Reply:
    return Update(cancel(context, context.interaction.parameters.get("wait", "")))


@press("reminder.again", right=Action.ATTENTION_SELF, writes=True)
def remind_again_later(context: Context) -> Reply:
    parameters = context.interaction.parameters
    return Update(again(context, parameters.get("wait", ""), parameters.get("when", "")))


@press("holiday.list", right=Action.ATTENTION_SELF)
def list_holidays(context: Context) -> Reply:
    return Update(draw_holidays(context))


@press("holiday.remove", right=Action.ATTENTION_SELF, writes=True)
def remove_holiday(context: Context) -> Reply:
    return Update(remove_by_words(context, [context.interaction.parameters.get("day_off", "")]))
