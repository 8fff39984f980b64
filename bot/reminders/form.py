"""The dialog "Remind me": when, what about, and what makes it needless."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.attention.places import person_zone
from bot.card_actions.form import draw_form as draw_dialog
from bot.card_actions.form import first, read_clock, read_day
from bot.card_actions.pressed import find_card
from bot.context import Context
from bot.deals.show import open_known_deal
from bot.text.changes import title_of
from bot.widgets import Card, Choice, DatePicker, Option, Press, TextInput, TimePicker, Widget
from models.clock import now
from models.database.row_ids import row_id
from models.languages.translate import marked, tr
from models.pipedrive.names import NO_NAMES
from models.reminders.actions import WORD_LETTERS
from models.tables.waits import WaitCondition
from models.waits.when import MORNING, day_and_clock, read_moment

DEAL: Final = "deal"
OTHER: Final = "other"
MOMENTS: Final = {
    "1h": marked("In an hour"),
    "tomorrow 09:00": marked("Tomorrow at 9:00"),
    "mon 09:00": marked("Next Monday at 9:00"),
    OTHER: marked("At the day and time below"),
}
UNLESS: Final = {
    WaitCondition.NEVER: marked("In any case"),
    WaitCondition.CLOSED: marked("Unless it is closed by then"),
    WaitCondition.CHANGED: marked("Only if nobody changes it until then"),
}
CARRIED: Final = ("deal", "delivery")


@dataclass(frozen=True, slots=True)
class ReminderSubject:
    """What a reminder is about: an object by its title, and the destination of the card that showed it."""

    entity: str = ""
    object_id: str = ""
    title: str = ""
    place_id: int | None = None


@dataclass(frozen=True, slots=True)
class FilledIn:
    """What was filled in."""

    due_at: datetime
    words: str
    ends_if: WaitCondition
    in_hours: bool


def draw_form(context: Context, problem: str = "") -> Card:
    """Return the dialog; `problem` is shown above the fields. Raises InvalidRequest for what is not seen."""
    about, inputs = find_about(context), context.interaction.inputs
    chosen = first(inputs, "when") or "tomorrow 09:00"
    widgets: list[Widget] = [
        Choice("when", tr("When?"), _options(MOMENTS, chosen), "radio"),
        DatePicker("day", tr("Day")),
        TimePicker("time", tr("Time"), f"{MORNING:%H:%M}"),
        TextInput("words", tr("Note to yourself"), first(inputs, "words"), most=WORD_LETTERS),
    ]
    if about.entity:
        usual = WaitCondition.CLOSED if about.entity == DEAL else WaitCondition.NEVER
        unless = {str(key): text for key, text in UNLESS.items()}
        widgets.append(Choice("unless", tr("Remind me"), _options(unless, first(inputs, "unless") or usual)))
    text = tr("Not in my quiet hours and on days off")
    widgets.append(Choice("hours", "", [Option("yes", text, first(inputs, "hours") == "yes")], "switch"))
    carried = {key: context.interaction.parameters.get(key, "") for key in CARRIED}
    save = Press("reminder.save", {key: value for key, value in carried.items() if value})
    return draw_dialog(tr("Remind me"), about.title, widgets, save, problem)


def read_form(context: Context) -> FilledIn:
    """Return what was filled in, also in the dialog of a follow-up. Raises InvalidRequest."""
    inputs = context.interaction.inputs
    unless = first(inputs, "unless")
    return FilledIn(
        _due_at(context),
        first(inputs, "words") or first(inputs, "subject"),
        WaitCondition(unless) if unless in tuple(WaitCondition) else WaitCondition.NEVER,
        first(inputs, "hours") == "yes",
    )


def find_about(context: Context) -> ReminderSubject:
    """Return what a reminder is about: a deal that the person sees, the object of a card, or nothing.

    Raises InvalidRequest for a card that is kept no more, NotFound for a deal that is not seen.
    """
    parameters = context.interaction.parameters
    number = row_id(parameters.get("delivery", ""))
    if number is not None:
        card = find_card(context, f"{DEAL}.remind")
        return ReminderSubject(
            card.change.entity, card.change.object_id, card.title, card.head.destination_id
        )
    if deal := parameters.get("deal", ""):
        known = open_known_deal(context, deal)
        return ReminderSubject(DEAL, known.id, title_of(known.change, NO_NAMES))
    return ReminderSubject()


def _due_at(context: Context) -> datetime:
    inputs, zone = context.interaction.inputs, person_zone(context)
    chosen, day = first(inputs, "when"), read_day(first(inputs, "day"))
    if chosen in MOMENTS and chosen != OTHER:
        return read_moment(chosen.split(), now(), zone).at
    clock = first(inputs, "time")
    at = read_clock(clock) if clock else MORNING
    return day_and_clock(day, at, now(), zone)


def _options(texts: Mapping[str, str], chosen: str) -> Sequence[Option]:
    return [Option(value, tr(text), value == chosen) for value, text in texts.items()]
