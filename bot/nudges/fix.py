"""Mends what a line asks for: the dialog with the field, and the press that is written as the person."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

from bot.card_actions.choices import MOST_CHOICES, lost_reasons, people_of, stages_of
from bot.card_actions.form import (
    activity_widgets,
    draw_form,
    first,
    people_widgets,
    read_activity,
    read_day,
    read_reason,
    reason_widgets,
    stage_widgets,
)
from bot.card_actions.pressed import ask_to_connect, tell_who_was_first
from bot.chat.interaction import InteractionKind
from bot.chat.reply import Close, Reply, Update
from bot.context import Context
from bot.nudges.fields import field_widgets, read_fields
from bot.nudges.lines import PressedLine, delivery_of, line_of
from bot.nudges.show import draw_own
from bot.widgets import Card, Choice, DatePicker, Option, Press, Widget
from models.card_actions.actions import CardPress, PressOutcome, record_press
from models.card_actions.nudged import mark_cards
from models.card_actions.queries import actions_on
from models.clock import now
from models.errors import InvalidRequest
from models.languages.translate import tr
from models.nudges.cards import finding_of
from models.nudges.contacts import known_contacts
from models.nudges.facts import Fix
from models.pipedrive.name_refs import id_key
from models.stalled.queries import seen_by_person, zone_of
from models.stalled.track import ACTIVITY, DEAL

FIELDS: Final = "deal.fields"


def draw_fix(context: Context, pressed: PressedLine, problem: str = "") -> Card:
    """Return the dialog that mends a line. Raises InvalidRequest where what to choose from is not known."""
    widgets = _WIDGETS[pressed.check.fix](context, pressed)
    save = Press("nudge.mend", {"line": str(pressed.line.id)})
    return draw_form(tr(pressed.check.text), pressed.title, widgets, save, problem)


def save_fix(context: Context, pressed: PressedLine) -> Reply:
    """Record what was filled in, to be written as the person. Raises InvalidRequest for what is missing."""
    do, fields = _READS[pressed.check.fix](context, pressed)
    return _record(context, pressed, do, DEAL, pressed.line.deal_id, fields)


def finish_activity(context: Context) -> Reply:
    """Mark the activity of a line as done. Raises InvalidRequest."""
    pressed = line_of(context)
    if not pressed.line.activity_id:
        raise InvalidRequest(user_message=tr("This line has no activity. Open the deal in Pipedrive."))
    return _record(context, pressed, "activity.done", ACTIVITY, pressed.line.activity_id, {"done": True})


def _record(
    context: Context,
    pressed: PressedLine,
    do: str,
    entity: str,
    object_id: str,
    fields: Mapping[str, Any],
) -> Reply:
    head = delivery_of(context, pressed.card)
    since = pressed.card.created_at
    shown = actions_on(context.session, context.tenant_id, entity, object_id, since)
    press = CardPress(
        key=context.interaction.key or uuid.uuid4().hex,
        do=do,
        delivery_id=head.id,
        entity=entity,
        object_id=object_id,
        lane=head.lane,
        fields=fields,
        since=since,
        seen=max((each.id for each in shown if not each.is_open), default=0),
    )
    done = record_press(context.session, context.actor, press)
    if done.outcome is PressOutcome.WAITS:
        return ask_to_connect(context)
    if done.outcome is PressOutcome.BEATEN:
        return tell_who_was_first(context, pressed.title, done.action)
    mark_cards(context.session, context.tenant_id, [pressed.card.id], now())
    if context.interaction.kind is InteractionKind.DIALOG_SUBMIT:
        title = pressed.title
        return Close(
            tr("{title}: it is being written to Pipedrive, the card shows it in a moment", title=title)
        )
    return Update(draw_own(context, context.page))


def _today(context: Context) -> date:
    return now().astimezone(zone_of(context.session, context.tenant_id)).date()


def _date_widgets(context: Context, _pressed: PressedLine) -> list[Widget]:
    return [DatePicker("day", tr("When will it close?"), _today(context) + timedelta(days=14))]


def _read_date(context: Context, _pressed: PressedLine) -> tuple[str, dict[str, Any]]:
    day = read_day(first(context.interaction.inputs, "day"))
    if day is None or day < _today(context):
        raise InvalidRequest(user_message=tr("Choose today or a later day."))
    return FIELDS, {"expected_close_date": day.isoformat()}


def _activity_widgets(context: Context, _pressed: PressedLine) -> list[Widget]:
    return activity_widgets(context.interaction.inputs, _today(context) + timedelta(days=1))


def _read_activity(context: Context, _pressed: PressedLine) -> tuple[str, dict[str, Any]]:
    return "deal.activity", read_activity(context.interaction.inputs, context.interaction.timezone)


def _value_widgets(context: Context, _pressed: PressedLine) -> list[Widget]:
    return field_widgets(context, ["value"])


def _read_value(context: Context, _pressed: PressedLine) -> tuple[str, dict[str, Any]]:
    return FIELDS, read_fields(context, ["value"])


def _reason_widgets(context: Context, _pressed: PressedLine) -> list[Widget]:
    return reason_widgets(lost_reasons(context), first(context.interaction.inputs, "reason"))


def _read_reason(context: Context, _pressed: PressedLine) -> tuple[str, dict[str, Any]]:
    reason = read_reason(context.interaction.inputs)
    if not reason:
        raise InvalidRequest(user_message=tr("Why was it lost? Choose a reason, or give it a few words."))
    return FIELDS, {"lost_reason": reason}


def _stages(context: Context, pressed: PressedLine) -> list[tuple[str, str]]:
    stage, pipeline = (id_key(pressed.state.get(key)) or "" for key in ("stage_id", "pipeline_id"))
    return stages_of(context, stage, pipeline)


def _stage_widgets(context: Context, pressed: PressedLine) -> list[Widget]:
    return stage_widgets(_stages(context, pressed), id_key(pressed.state.get("stage_id")) or "")


def _read_stage(context: Context, pressed: PressedLine) -> tuple[str, dict[str, Any]]:
    stage = first(context.interaction.inputs, "stage")
    if stage not in dict(_stages(context, pressed)):
        raise InvalidRequest(user_message=tr("Choose a stage of this pipeline."))
    return "deal.move", {"stage_id": int(stage)}


def _contacts(context: Context, pressed: PressedLine) -> list[tuple[str, str]]:
    """Return (id, name) of the people of the deal's organization that the reader may see, else of all."""
    sees = seen_by_person(context.session, context.tenant_id, context.actor.user_id)
    organization = id_key(pressed.state.get("org_id"))
    found = known_contacts(context.session, context.tenant_id, organization, sees, MOST_CHOICES)
    if not found:
        raise InvalidRequest(
            user_message=tr("Pipenotify knows no people yet. Open the deal in Pipedrive to choose one.")
        )
    return found


def _contact_widgets(context: Context, pressed: PressedLine) -> list[Widget]:
    options = [Option(key, name) for key, name in _contacts(context, pressed)]
    return [Choice("person", tr("Who is the contact?"), options)]


def _read_contact(context: Context, pressed: PressedLine) -> tuple[str, dict[str, Any]]:
    person = first(context.interaction.inputs, "person")
    if person not in dict(_contacts(context, pressed)):
        raise InvalidRequest(user_message=tr("Choose one of these people."))
    return FIELDS, {"person_id": int(person)}


def _owner_widgets(context: Context, pressed: PressedLine) -> list[Widget]:
    return people_widgets(people_of(context), id_key(pressed.state.get("owner_id")) or "")


def _read_owner(context: Context, _pressed: PressedLine) -> tuple[str, dict[str, Any]]:
    owner = first(context.interaction.inputs, "owner")
    if owner not in dict(people_of(context)):
        raise InvalidRequest(user_message=tr("Choose somebody of your Pipedrive."))
    return "deal.assign", {"owner_id": int(owner)}


def _missing(context: Context, pressed: PressedLine) -> Sequence[str]:
    """Return the fields that the deal's stage requires and that are still empty. Raises InvalidRequest."""
    finding = finding_of(context.session, context.tenant_id, pressed.line, now())
    if finding is None or not finding.fields:
        raise InvalidRequest(user_message=tr("Nothing is missing there any more."))
    return finding.fields


def _missing_widgets(context: Context, pressed: PressedLine) -> list[Widget]:
    return field_widgets(context, _missing(context, pressed))


def _read_missing(context: Context, pressed: PressedLine) -> tuple[str, dict[str, Any]]:
    return FIELDS, read_fields(context, _missing(context, pressed))


_WIDGETS: Final[Mapping[Fix, Callable[[Context, PressedLine], list[Widget]]]] = {
    Fix.CLOSE_DATE: _date_widgets,
    Fix.ACTIVITY: _activity_widgets,
    Fix.VALUE: _value_widgets,
    Fix.REASON: _reason_widgets,
    Fix.STAGE: _stage_widgets,
    Fix.CONTACT: _contact_widgets,
    Fix.FIELDS: _missing_widgets,
    Fix.OWNER: _owner_widgets,
}
_READS: Final[Mapping[Fix, Callable[[Context, PressedLine], tuple[str, dict[str, Any]]]]] = {
    Fix.CLOSE_DATE: _read_date,
    Fix.ACTIVITY: _read_activity,
    Fix.VALUE: _read_value,
    Fix.REASON: _read_reason,
    Fix.STAGE: _read_stage,
    Fix.CONTACT: _read_contact,
    Fix.FIELDS: _read_missing,
    Fix.OWNER: _read_owner,
}
