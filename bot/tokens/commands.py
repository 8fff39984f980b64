"""token: make, list and revoke tokens with which programs call REST as oneself."""

from __future__ import annotations

import re
from typing import Final

from bot.chat.reply import Reply, Say, ShownOnce
from bot.context import Context, command
from bot.tokens import show as view
from bot.widgets import Message
from models.accounts.rights import Action
from models.accounts.tokens import DAYS

_DAYS: Final = re.compile(r"([0-9]{1,4})(d|days?)")


@command(
    "token list", right=Action.API_ACCESS, summary="Your tokens for programs; for admins those of everybody"
)
def token_list(context: Context) -> Reply:
    return Say(view.draw_list(context))


@command(
    "token new",
    right=Action.API_ACCESS,
    usage="[name] [90d] [read:rules, ...]",
    summary="Make a token with which a program calls REST as you; it is shown once",
    writes=True,
)
def token_new(context: Context) -> ShownOnce:
    words = [word for part in context.args for word in part.split(",") if word]
    scopes = [word for word in words if ":" in word or "*" in word]
    days = [int(found[1]) for word in words if (found := _DAYS.fullmatch(word.lower()))]
    names = [word for word in words if not (":" in word or "*" in word) and not _DAYS.fullmatch(word.lower())]
    return view.make_token(context, scopes or None, days[0] if days else DAYS, " ".join(names))


@command("token revoke", right=Action.API_ACCESS, usage="<number>", summary="End a token, after asking")
def token_revoke(context: Context) -> Reply:
    card = view.ask_to_revoke(context, " ".join(context.args))
    return Say(Message(card, fallback_text=card.title))
