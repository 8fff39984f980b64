"""ops: how the service is, and dead letters of any team sent again; for those who run it."""

from __future__ import annotations

from bot.chat.reply import AfterReading, Say
from bot.context import Context, command
from bot.ops import show
from models.accounts.rights import Action
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.languages.words import meaning_of


@command(
    "ops",
    right=Action.OPERATE,
    usage="[queues|breakers|dead|alerts]",
    summary="How the whole service is, for those who run it",
)
def ops(context: Context) -> AfterReading:
    view = meaning_of(context.args[0]) if context.args else show.OVERVIEW
    if len(context.args) > 1 or view not in show.VIEWS:
        raise InvalidRequest(user_message=tr("Say ops, or ops with queues, breakers, dead or alerts."))
    return AfterReading(lambda: Say(show.draw(context, view)))


@command(
    "ops replay",
    right=Action.OPERATE,
    usage="<team>",
    summary="Send the dead letters of a team again, after a look at how many",
)
def replay(context: Context) -> AfterReading:
    name = " ".join(context.args)
    return AfterReading(lambda: Say(show.draw_replay(context, show.team_named(context, name))))
