"""The dialogs of stalled deals: settings, and snoozing one."""

from __future__ import annotations

from bot.cards.done import done_card
from bot.chat.reply import Open, Reply, Say, Update
from bot.context import Context, dialog
from bot.stalled.follow_up import draw_follow_up, follow_up, gone_card, open_deal
from bot.stalled.form import draw_settings, draw_snooze, read_settings, read_snooze, settings_text
from bot.stalled.show import draw_stalled
from bot.text.changes import title_of
from bot.text.format import day
from models.accounts.features import Feature
from models.accounts.rights import Action
from models.clock import now
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.pipedrive.names import NO_NAMES
from models.stalled.actions import get_summary, set_summary, snooze_deal
from models.stalled.queries import seen_by_person, zone_of


@dialog("stalled.set", right=Action.SPACE_CHANGE, feature=Feature.STALLED)
def open_settings(context: Context) -> Reply:
    return Open(draw_settings(context))


@dialog("stalled.save", right=Action.SPACE_CHANGE, writes=True, feature=Feature.STALLED)
def save_settings(context: Context) -> Reply:
    """Save the settings; what is refused is shown in the form again with the reason."""
    wanted = read_settings(context.interaction.inputs)
    try:
        set_summary(context.session, context.actor, wanted)
    except InvalidRequest as error:
        return Open(draw_settings(context, wanted, error.user_message))
    text = settings_text(context, get_summary(context.session, context.tenant_id))
    return Update(done_card(tr("Saved"), text))


@dialog("stalled.follow", right=Action.CARD_PRESS)
def ask_for_follow_up(context: Context) -> Reply:
    found = open_deal(context)
    if found is None:
        return Say(gone_card())
    return Open(draw_follow_up(context, title_of(found.change, NO_NAMES)))


@dialog("stalled.plan", right=Action.CARD_PRESS, writes=True)
def plan_follow_up(context: Context) -> Reply:
    """Plan the follow-up as the person; one that cannot be read is shown again with the reason."""
    found = open_deal(context)
    if found is None:
        return Say(gone_card())
    try:
        return follow_up(context, found)
    except InvalidRequest as refused:
        return Open(draw_follow_up(context, title_of(found.change, NO_NAMES), refused.user_message))


@dialog("stalled.ask", right=Action.CARD_PRESS)
def ask_for_snooze(context: Context) -> Reply:
    """Ask for how long; a deal that the person may not see, or that is closed, is not asked about."""
    found = open_deal(context)
    if found is None:
        return Say(gone_card())
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
    notice = tr("{title} is snoozed until {day}.", title=title, day=day(until.date()))
    if context.interaction.on_private or context.interaction.space.is_dm:
        return Update(draw_stalled(context, notice=notice))
    return Say(done_card(tr("Snoozed"), notice))
