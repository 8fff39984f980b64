"""A follow-up of a stalled deal, planned from the summary in a space and written as the person."""

from __future__ import annotations

import uuid
from datetime import timedelta

from bot.card_actions.form import activity_widgets, draw_form, read_activity
from bot.card_actions.pressed import ask_to_connect
from bot.cards.done import done_card
from bot.chat.reply import Close, Reply
from bot.context import Context
from bot.text.changes import title_of
from bot.widgets import Card, Message, Press
from models.card_actions.actions import CardPress, PressOutcome, record_press
from models.clock import now
from models.database.row_ids import row_id
from models.deliveries.claimed import ClaimedDelivery, read_one
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.pipedrive.names import NO_NAMES
from models.stalled.queries import KnownObject, get_known, seen_by_person, zone_of
from models.stalled.track import DEAL

FOLLOW_UP = "deal.activity"


def open_deal(context: Context) -> KnownObject | None:
    """Return the deal of a button; None if it is closed, unknown, or the person may not see it."""
    deal_id = context.interaction.parameters.get("deal", "")
    sees = seen_by_person(context.session, context.tenant_id, context.actor.user_id)
    found = get_known(context.session, context.tenant_id, DEAL, deal_id, sees, now())
    return found if found is not None and found.is_open else None


def gone_card() -> Message:
    return done_card(tr("This deal is not stalled any more"), tr("It is closed, or not known here."))


def draw_follow_up(context: Context, title: str, problem: str = "") -> Card:
    """Return the dialog with what was filled in; `problem` is shown above the fields."""
    tomorrow = now().astimezone(zone_of(context.session, context.tenant_id)).date() + timedelta(days=1)
    widgets = activity_widgets(context.interaction.inputs, tomorrow)
    carried = {key: context.interaction.parameters.get(key, "") for key in ("deal", "delivery")}
    return draw_form(tr("Plan a follow-up"), title, widgets, Press("stalled.plan", carried), problem)


def follow_up(context: Context, found: KnownObject) -> Reply:
    """Record the follow-up for a worker to write. Raises InvalidRequest."""
    head = _summary(context)
    press = CardPress(
        key=context.interaction.key or uuid.uuid4().hex,
        do=FOLLOW_UP,
        delivery_id=head.id,
        entity=DEAL,
        object_id=found.id,
        lane=head.lane,
        fields=read_activity(context.interaction.inputs, context.interaction.timezone),
        since=head.created_at or now(),
    )
    done = record_press(context.session, context.actor, press)
    if done.outcome is PressOutcome.WAITS:
        return ask_to_connect(context)
    done.action.needs_notice = True  # the summary does not show it
    return Close(
        tr(
            "{title}: it is being written to Pipedrive, you are told when it is",
            title=title_of(found.change, NO_NAMES),
        )
    )


def _summary(context: Context) -> ClaimedDelivery:
    """Return the delivery of the summary that was pressed. Raises InvalidRequest for one of another place."""
    number = row_id(context.interaction.parameters.get("delivery", ""))
    head = read_one(context.session, context.tenant_id, number) if number is not None else None
    if head is None or head.address != context.interaction.space.name:
        raise InvalidRequest(
            user_message=tr("Pipenotify no longer keeps this summary. Open the deal in Pipedrive.")
        )
    return head
