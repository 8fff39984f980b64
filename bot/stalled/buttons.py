"""The buttons of the list of stalled deals."""

from __future__ import annotations

from bot.chat.reply import Reply, Update
from bot.context import Context, press
from bot.stalled.show import draw_stalled
from models.accounts.rights import Action


@press("stalled.list", right=Action.DEAL_READ)
def list_stalled_deals(context: Context) -> Reply:
    return Update(draw_stalled(context, context.page))
