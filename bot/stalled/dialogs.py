"""The dialogs of stalled deals: settings, and snoozing one."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Say, Update
from bot.context import Context, dialog
from bot.stalled.form import draw_settings, draw_snooze, read_settings, read_snooze, settings_text
from bot.stalled.show import draw_stalled
from bot.text.changes import title_of
from bot.text.format import day
from models.accounts.rights import Action
from models.clock import now
from models.errors import InvalidRequest
from models.pipedrive.names import NO_NAMES
from models.stalled.actions import get_summary, set_summary, snooze_deal
from models.stalled.queries import get_known, seen_by_person, zone_of
from models.stalled.track import DEAL


@dialog("stalled.set", right=Action.SPACE_CHANGE)
def open_settings(context: Context) -> Reply:
    return Open(draw_settings(context))


@dialog("stalled.save", right=Action.SPACE_CHANGE, writes=True)
def save_settings(context: Context) -> Reply:
    """Save the settings; what is refused is shown in the form again with the reason."""
    wanted = read_settings(context.interaction.inputs)
    try:
        set_summary(context.session, context.actor, wanted)
    except InvalidRequest as error:
        return Open(draw_settings(context, wanted, error.user_message))
    text = settings_text(context, get_summary(context.session, context.tenant_id))
    return Update(done_card("Saved", text))


@dialog("stalled.ask", right=Action.CARD_PRESS)
def ask_for_snooze(context: Context) -> Reply:
    """Ask for how long; a deal that the person may not see, or that is closed, is not asked about."""
    deal_id = context.interaction.parameters.get("deal", "")
    sees = seen_by_person(context.session, context.tenant_id, context.actor.user_id)
    found = get_known(context.session, context.tenant_id, DEAL, deal_id, sees, now())
    if found is None or not found.is_open:
        return Say(done_card("This deal is not stalled any more", "It is closed, or not known here."))
    return Open(draw_snooze(found.id, title_of(found.change, NO_NAMES)))


@dialog("stalled.snooze", right=Action.CARD_PRESS, writes=True)
def snooze(context: Context) -> Reply:
    """Snooze the deal. A card that others see stays as it is: the answer is private."""
    deal_id = context.interaction.parameters.get("deal", "")
    sees = seen_by_person(context.session, context.tenant_id, context.actor.user_id)
    try:
        zone = zone_of(context.session, context.tenant_id)
        until = read_snooze(context.interaction.inputs, now(), zone)
        title = snooze_deal(context.session, context.actor, deal_id, until, sees)
    except InvalidRequest as error:
        return Open(draw_snooze(deal_id, "", error.user_message))
    notice = f"{title} is snoozed until {day(until.date())}."
    if context.interaction.on_private or context.interaction.space.is_dm:
        return Update(draw_stalled(context, notice=notice))
    return Say(done_card("Snoozed", notice))
