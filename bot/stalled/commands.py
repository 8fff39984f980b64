"""stalled: the list, and the settings of its summary."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Say
from bot.context import Context, command
from bot.stalled.form import draw_settings, settings_text
from bot.stalled.show import draw_stalled
from bot.widgets import Button, press
from models.accounts.features import Feature
from models.accounts.rights import Action
from models.languages.translate import tr
from models.stalled.actions import get_summary


@command(
    "stalled",
    right=Action.DEAL_READ,
    usage="[show]",
    summary="Open deals that nobody has changed for days, the longest first",
)
def stalled(context: Context) -> Reply:
    return Say(draw_stalled(context))


@command(
    "stalled set",
    right=Action.SPACE_CHANGE,
    feature=Feature.STALLED,
    summary="After how many days a deal is stalled, and when and where they are summed up",
)
def stalled_set(context: Context) -> Reply:
    if context.interaction.opens_dialog:
        return Open(draw_settings(context))
    text = settings_text(context, get_summary(context.session, context.tenant_id))
    button = Button(tr("Change"), press("stalled.set", dialog=True), primary=True)
    return Say(done_card(tr("Stalled deals"), text, buttons=[button]))
