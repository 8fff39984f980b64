"""nudge: what is asked of you, how the team does, and what is asked at all."""

from __future__ import annotations

from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.nudges.form import draw_settings
from bot.nudges.show import draw_own, draw_settings_card, draw_switched, draw_team
from models.accounts.rights import Action


@command(
    "nudge",
    right=Action.DEAL_READ,
    usage="[show]",
    summary="What is missing or late in your deals, as the card of this morning asked",
)
def nudge(context: Context) -> Reply:
    return Say(draw_own(context, context.page))


@command(
    "nudge team",
    right=Action.PEOPLE_READ,
    summary="How often the team was asked in seven days, and what it mended",
)
def nudge_team(context: Context) -> Reply:
    return Say(draw_team(context))


@command(
    "nudge on",
    right=Action.ATTENTION_CHANGE,
    summary="Ask everybody in the morning what is missing or late in their deals",
    writes=True,
)
def nudge_on(context: Context) -> Reply:
    return Say(draw_switched(context, on=True))


@command("nudge off", right=Action.ATTENTION_CHANGE, summary="Ask nobody any more", writes=True)
def nudge_off(context: Context) -> Reply:
    return Say(draw_switched(context, on=False))


@command(
    "nudge settings",
    right=Action.ATTENTION_CHANGE,
    summary="Which checks, at what time, after how many days, and what a stage requires",
)
def nudge_settings(context: Context) -> Reply:
    if context.interaction.opens_dialog:
        return Open(draw_settings(context))
    return Say(draw_settings_card(context))
