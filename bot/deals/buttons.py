"""The button that shows one of several deals."""

from __future__ import annotations

from bot.chat.reply import Reply, Update
from bot.context import Context, press
from bot.deals.show import show_deal
from models.accounts.rights import Action


@press("deal.show", right=Action.DEAL_READ)
def show_one(context: Context) -> Reply:
    return Update(show_deal(context, context.interaction.parameters.get("deal", "")))
