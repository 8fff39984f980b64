"""The buttons on delivered cards that need words or a choice, and what their dialogs save.

A dialog is drawn from what is known already: nobody waits for Pipedrive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.card_actions.choices import lost_reasons, people_of, stages_of
from bot.card_actions.form import (
    activity_widgets,
    draw_form,
    first,
    note_widgets,
    people_widgets,
    read_activity,
    read_note,
    read_reason,
    reason_widgets,
    stage_widgets,
)
from bot.card_actions.pressed import PressedCard, find_card, record
from bot.chat.reply import Open, Reply
from bot.context import Context, dialog
from bot.widgets import Button, Press, Widget, press
from models.accounts.rights import Action
from models.clock import now
from models.errors import InvalidRequest
from models.languages.translate import tr


@dialog("deal.assign", right=Action.CARD_PRESS)
def ask_whom(context: Context) -> Reply:
    card = find_card(context, "deal.assign")
    widgets = people_widgets(people_of(context), card.shown.id("owner_id"))
    return _open(context, card, tr("Assign"), widgets, press("card.assign"))


@dialog("card.assign", right=Action.CARD_PRESS, writes=True)
def assign(context: Context) -> Reply:
    card, owner = find_card(context, "deal.assign"), first(context.interaction.inputs, "owner")
    if owner not in dict(people_of(context)):
        raise InvalidRequest(user_message=tr("Choose somebody of your Pipedrive."))
    return record(context, "deal.assign", card, {"owner_id": int(owner)})


@dialog("deal.move", right=Action.CARD_PRESS)
def ask_where(context: Context) -> Reply:
    card = find_card(context, "deal.move")
    widgets = stage_widgets(_stages(context, card), card.shown.id("stage_id"))
    return _open(context, card, tr("Move"), widgets, press("card.move"))


@dialog("card.move", right=Action.CARD_PRESS, writes=True)
def move(context: Context) -> Reply:
    card, stage = find_card(context, "deal.move"), first(context.interaction.inputs, "stage")
    if stage not in dict(_stages(context, card)):
        raise InvalidRequest(user_message=tr("Choose a stage of this pipeline."))
    return record(context, "deal.move", card, {"stage_id": int(stage)})


@dialog("deal.lost", right=Action.CARD_PRESS)
def ask_why(context: Context) -> Reply:
    card = find_card(context, "deal.lost")
    return _open(context, card, tr("Mark as lost"), reason_widgets(lost_reasons(context)), press("card.lose"))


@dialog("card.lose", right=Action.CARD_PRESS, writes=True)
def lose(context: Context) -> Reply:
    card, reason = find_card(context, "deal.lost"), read_reason(context.interaction.inputs)
    fields = {"status": "lost", **({"lost_reason": reason} if reason else {})}
    return record(context, "deal.lost", card, fields)


@dialog("deal.note", right=Action.CARD_PRESS)
def ask_note(context: Context) -> Reply:
    card = find_card(context, "deal.note")
    return _open(context, card, tr("Add a note"), note_widgets(), press("card.note"))


@dialog("card.note", right=Action.CARD_PRESS, writes=True)
def add_note(context: Context) -> Reply:
    """Add the note; an empty one is asked for again."""
    card, inputs = find_card(context, "deal.note"), context.interaction.inputs
    try:
        return record(context, "deal.note", card, {"content": read_note(inputs)})
    except InvalidRequest as refused:
        widgets = note_widgets(first(inputs, "note"))
        return _open(context, card, tr("Add a note"), widgets, press("card.note"), refused.user_message)


@dialog("deal.activity", right=Action.CARD_PRESS)
def ask_activity(context: Context) -> Reply:
    card = find_card(context, "deal.activity")
    widgets = activity_widgets({}, tomorrow(context))
    return _open(context, card, tr("Plan a follow-up"), widgets, press("card.activity"))


@dialog("card.activity", right=Action.CARD_PRESS, writes=True)
def add_activity(context: Context) -> Reply:
    """Plan the follow-up; one that cannot be read is shown again with the reason."""
    card, inputs = find_card(context, "deal.activity"), context.interaction.inputs
    try:
        fields: Mapping[str, Any] = read_activity(inputs, context.interaction.timezone)
    except InvalidRequest as refused:
        widgets = activity_widgets(inputs, tomorrow(context))
        return _open(
            context, card, tr("Plan a follow-up"), widgets, press("card.activity"), refused.user_message
        )
    return record(context, "deal.activity", card, fields)


def _open(
    context: Context,
    card: PressedCard,
    title: str,
    widgets: Sequence[Widget],
    save: Press,
    problem: str = "",
) -> Reply:
    """Open the dialog about a card; saving carries what the card's button carried.

    Whoever plans a follow-up may be reminded instead, without an activity in Pipedrive.
    """
    carried = {key: context.interaction.parameters.get(key, "") for key in ("delivery", "seen")}
    params = {key: value for key, value in carried.items() if value}
    remind = Button(tr("Only remind me"), Press("reminder.save", params))
    also = remind if save.do == "card.activity" and context.actor.user_id else None
    return Open(draw_form(title, card.title, widgets, Press(save.do, params), problem, also=also))


def _stages(context: Context, card: PressedCard) -> list[tuple[str, str]]:
    return stages_of(context, card.shown.id("stage_id"), card.shown.id("pipeline_id"))


def tomorrow(context: Context) -> date:
    """Return the day after today, by the clock of whoever asks."""
    try:
        zone: Any = ZoneInfo(context.interaction.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        zone = UTC
    local: datetime = now().astimezone(zone)
    return (local + timedelta(days=1)).date()
