"""The button that says how far scoring all leads anew has got."""

from __future__ import annotations

from bot.chat.reply import Reply, Update
from bot.context import Context, press
from bot.scores.show import progress_now
from models.accounts.rights import Action


@press("score.progress", right=Action.SPACE_CHANGE)
def show_progress(context: Context) -> Reply:
    return Update(progress_now(context))
