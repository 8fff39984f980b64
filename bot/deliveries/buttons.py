"""The buttons that send again, on the log and for one destination, and those that explain.

A retry that is not possible is explained on the same card.
"""

from __future__ import annotations

from dataclasses import replace

from bot import lookup
from bot.chat.reply import Reply, Say, Update
from bot.context import Context, press
from bot.deliveries.cards import retried_batch_card
from bot.deliveries.log import draw_log_page, view_of_button
from bot.deliveries.replay import cancel_by_button, show_by_button, start_by_button
from bot.deliveries.why import draw_why
from bot.text.sent_again import sent_again_text
from models.accounts.rights import Action
from models.attention.quiet import send_delivery_now
from models.clock import now
from models.database.row_ids import row_id
from models.deliveries.actions import retry_delivery, retry_failed
from models.errors import InvalidRequest, NotFound
from models.languages.translate import tr
from models.rules.why.explain import NO_EVENT, explain_delivery, explain_event


@press("log.show", right=Action.LOG_READ)
def show_log(context: Context) -> Reply:
    return Update(draw_log_page(context, view_of_button(context)))


@press("log.retry", right=Action.LOG_RETRY, writes=True)
def retry_from_log(context: Context) -> Reply:
    number = context.interaction.parameters.get("delivery", "")
    try:
        notice = sent_again_text(retry_delivery(context.session, context.actor, number))
        context.wake_worker = True
    except (InvalidRequest, NotFound) as error:
        notice = error.user_message
    return Update(draw_log_page(context, replace(view_of_button(context), notice=notice)))


@press("log.send", right=Action.ATTENTION_SELF, writes=True)
def send_held(context: Context) -> Reply:
    """Send one delivery that quiet hours hold, where the person may change these."""
    number = context.interaction.parameters.get("delivery", "")
    try:
        send_delivery_now(context.session, context.actor, number, now())
        notice = tr("It is on the way")
        context.wake_worker = True
    except (InvalidRequest, NotFound) as error:
        notice = error.user_message
    return Update(draw_log_page(context, replace(view_of_button(context), notice=notice)))


@press("space.retry", right=Action.SPACE_CHANGE, writes=True)
def retry_destination(context: Context) -> Reply:
    """Send again what failed for one destination."""
    destination = lookup.destination_by_id(context, context.interaction.parameters.get("place", ""))
    if destination is None:
        raise NotFound(user_message=tr("This was removed, so its cards can go nowhere."))
    batch = retry_failed(context.session, context.actor, destination.name)
    context.wake_worker = batch.count > 0
    return Update(retried_batch_card(batch))


@press("replay.start", right=Action.LOG_RETRY, writes=True)
def start(context: Context) -> Reply:
    return Update(start_by_button(context))


@press("replay.show", right=Action.LOG_RETRY)
def show_replay(context: Context) -> Reply:
    return Update(show_by_button(context))


@press("replay.cancel", right=Action.LOG_RETRY, writes=True)
def cancel(context: Context) -> Reply:
    return Update(cancel_by_button(context))


@press("delivery.why", right=Action.WHY_READ)
def explain_card(context: Context) -> Reply:
    """Explain the event of a delivered card to the person who asks; the card stays as it is."""
    number = context.interaction.parameters.get("delivery", "")
    explained = explain_delivery(context.session, context.actor, number)
    return Say(draw_why(context, explained), keep_clicked=True)


@press("why.show", right=Action.WHY_READ)
def show_why(context: Context) -> Reply:
    event_id = row_id(context.interaction.parameters.get("event", ""))
    if event_id is None:
        raise NotFound(user_message=NO_EVENT)
    return Update(draw_why(context, explain_event(context.session, context.actor, event_id), context.page))
