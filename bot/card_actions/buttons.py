"""The buttons on delivered cards that need no further words: claim, won, done."""

from __future__ import annotations

from bot.card_actions.pressed import act
from bot.chat.reply import Reply
from bot.context import Context, press
from models.accounts.rights import Action


@press("deal.claim", right=Action.CARD_PRESS, writes=True)
def claim_deal(context: Context) -> Reply:
    return act(context, "deal.claim", {})


@press("deal.won", right=Action.CARD_PRESS, writes=True)
def win_deal(context: Context) -> Reply:
    return act(context, "deal.won", {"status": "won"})


@press("activity.done", right=Action.CARD_PRESS, writes=True)
def finish_activity(context: Context) -> Reply:
    return act(context, "activity.done", {"done": True})
