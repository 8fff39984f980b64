"""The buttons on the cards of operators."""

from __future__ import annotations

from bot.chat.reply import AfterReading, Update
from bot.context import Context, press
from bot.ops import show
from models.accounts.rights import Action


@press("ops.show", right=Action.OPERATE)
def show_view(context: Context) -> AfterReading:
    return AfterReading(
        lambda: Update(show.draw(context, context.interaction.parameters.get("view", show.OVERVIEW)))
    )


@press("ops.ask", right=Action.OPERATE)
def ask_to_replay(context: Context) -> AfterReading:
    return AfterReading(lambda: Update(show.draw_replay(context, show.team_by_id(context))))


@press("ops.replay", right=Action.OPERATE)
def replay(context: Context) -> AfterReading:
    """Send again; a press that Chat repeats finds nothing left."""
    return AfterReading(lambda: Update(show.replay(context, show.team_by_id(context))))
