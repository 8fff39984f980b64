"""The buttons of nudges that need no further words: pages, Done, and what the admins are offered."""

from __future__ import annotations

from bot.chat.reply import Reply, Update
from bot.context import Context, press
from bot.nudges.fix import finish_activity
from bot.nudges.show import draw_own, draw_switched, end_offered_check, keep_offered_check
from models.accounts.rights import Action


@press("nudge.list", right=Action.DEAL_READ)
def list_nudges(context: Context) -> Reply:
    return Update(draw_own(context, context.page))


@press("nudge.done", right=Action.CARD_PRESS, writes=True)
def mark_done(context: Context) -> Reply:
    return finish_activity(context)


@press("nudge.on", right=Action.ATTENTION_CHANGE, writes=True)
def switch_on(context: Context) -> Reply:
    return Update(draw_switched(context, on=True))


@press("nudge.check_off", right=Action.ATTENTION_CHANGE, writes=True)
def switch_check_off(context: Context) -> Reply:
    return Update(end_offered_check(context))


@press("nudge.check_keep", right=Action.ATTENTION_CHANGE, writes=True)
def keep_check_on(context: Context) -> Reply:
    return Update(keep_offered_check(context))
