"""deal show: a deal by its number or by words."""

from __future__ import annotations

from bot.chat.reply import Reply, Say
from bot.context import Context, command
from bot.deals.show import show_deals
from models.accounts.rights import Action


@command(
    "deal show",
    right=Action.DEAL_READ,
    usage="<number or words>",
    summary="A deal by its number, or by words of its title, organization or person, in any order",
)
def deal_show(context: Context) -> Reply:
    return Say(show_deals(context, context.args))
