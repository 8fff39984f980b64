"""The dialogs of the buttons on cards: whom to assign, which stage, why lost, a note, a follow-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from bot.text.format import escape
from bot.widgets import (
    Button,
    Card,
    Choice,
    DatePicker,
    Option,
    Press,
    Section,
    Text,
    TextInput,
    TimePicker,
    Widget,
)
from models.errors import InvalidRequest
from models.languages.translate import marked, tr

NOTE_LETTERS: Final = 5000
REASON_LETTERS: Final = 150  # as Pipedrive takes it
SUBJECT_LETTERS: Final = 255
OTHER: Final = "other"
TYPES: Final = (
    ("call", marked("Call")),
    ("meeting", marked("Meeting")),
    ("task", marked("Task")),
    ("email", marked("Email")),
    ("lunch", marked("Lunch")),
    ("deadline", marked("Deadline")),
)
Inputs = Mapping[str, Sequence[str]]


def draw_form(
    title: str,
    about: str,
    widgets: Sequence[Widget],
    save: Press,
    problem: str = "",
    *,
    also: Button | None = None,
) -> Card:
    """Return a dialog; `problem` says above the fields why it was not taken, `also` is a second button."""
    texts = {"card.assign": tr("Assign"), "card.move": tr("Move"), "card.lose": tr("Mark as lost")}
    texts |= {"lead.give": tr("Assign"), "lead.become": tr("Make a deal of it"), "lead.move": tr("Move on")}
    text = texts.get(save.do, tr("Save"))
    sections = [Section([Text(problem)], tr("Please look at this again"))] if problem else []
    footer = [Button(text, save, primary=True), *([also] if also else [])]
    return Card(title, about, [*sections, Section(list(widgets))], footer, card_id="acting")


def people_widgets(people: Sequence[tuple[str, str]], owner: str) -> list[Widget]:
    """Return the choice of a new owner among (id, name); `owner` is the present one."""
    options = [Option(key, name, key == owner) for key, name in people]
    return [Choice("owner", tr("Who takes it?"), options)]


def stage_widgets(stages: Sequence[tuple[str, str]], stage: str) -> list[Widget]:
    """Return the choice of a stage among (id, name); `stage` is the present one."""
    return [
        Choice(
            "stage", tr("To which stage?"), [Option(key, name, key == stage) for key, name in stages], "radio"
        )
    ]


def reason_widgets(reasons: Sequence[str], words: str = "") -> list[Widget]:
    """Return the choice of Pipedrive's reasons, as far as they are known, and the box for one's own words."""
    box = TextInput("reason", tr("Why was it lost?"), words, most=REASON_LETTERS)
    if not reasons:
        return [box]
    options = [Option(each, each) for each in reasons]
    own = TextInput(
        "reason", tr("In your own words"), words, hint=tr("Instead of the reason above"), most=REASON_LETTERS
    )
    return [Choice("known", tr("Why was it lost?"), [Option("", tr("No reason"), not words), *options]), own]


def note_widgets(words: str = "") -> list[Widget]:
    return [
        TextInput(
            "note", tr("Note"), words, hint=tr("It is added in your name"), lines=True, most=NOTE_LETTERS
        )
    ]


def activity_widgets(inputs: Inputs, today: date, clock: str = "") -> list[Widget]:
    """Return the fields of a follow-up, with what was filled in; `clock` is `HH:MM`, empty for none."""
    kind = first(inputs, "type") or TYPES[0][0]
    return [
        TextInput(
            "subject", tr("What?"), first(inputs, "subject"), placeholder=tr("Call"), most=SUBJECT_LETTERS
        ),
        Choice("type", tr("Kind"), [Option(key, tr(text), key == kind) for key, text in TYPES]),
        DatePicker("day", tr("Day"), today),
        TimePicker("time", tr("Time, if it has one"), clock),
    ]


def first(inputs: Inputs, name: str) -> str:
    """Return the first value of a field, trimmed; empty if it was left out."""
    return next(iter(inputs.get(name, ())), "").strip()


def read_reason(inputs: Inputs) -> str:
    """Return why a deal was lost: one's own words, else the chosen reason, empty for none."""
    return (first(inputs, "reason") or first(inputs, "known"))[:REASON_LETTERS]


def read_note(inputs: Inputs) -> str:
    """Return a note as Pipedrive takes it: HTML. Raises InvalidRequest for an empty one."""
    return note_html(first(inputs, "note"))


def note_html(words: str) -> str:
    """Return people's words as a note: HTML with nothing of theirs in it. Raises as `read_note`."""
    if not words.strip():
        raise InvalidRequest(user_message=tr("A note needs a text."))
    return "<br>".join(escape(line) for line in words.strip()[:NOTE_LETTERS].splitlines())


def read_activity(inputs: Inputs, zone: str) -> dict[str, str]:
    """Return the fields of an activity as Pipedrive takes them: its clock times are UTC.

    Raises InvalidRequest for a missing subject, a kind that there is not, or a day that cannot be read.
    """
    kind = first(inputs, "type") or TYPES[0][0]
    if kind not in dict(TYPES):
        raise InvalidRequest(user_message=tr("There is no such kind of activity."))
    subject = first(inputs, "subject")
    if not subject:
        raise InvalidRequest(user_message=tr("What is to be done? Give it a few words."))
    fields = {"subject": subject[:SUBJECT_LETTERS], "type": kind}
    day, clock = read_day(first(inputs, "day")), first(inputs, "time")
    if day is None:
        return fields
    return fields | due_fields(day, read_clock(clock) if clock else None, zone)


def due_fields(day: date, clock: time | None, zone: str) -> dict[str, str]:
    """Return when an activity is due as Pipedrive takes it; `clock` is of the zone, Pipedrive's is UTC."""
    if clock is None:
        return {"due_date": day.isoformat()}
    at = datetime.combine(day, clock, zone_of(zone)).astimezone(UTC)
    return {"due_date": at.date().isoformat(), "due_time": f"{at:%H:%M:%S}"}


def read_day(milliseconds: str) -> date | None:
    """Return the day of a date picker, None where none was chosen. Raises InvalidRequest."""
    if not milliseconds:
        return None
    try:
        return datetime.fromtimestamp(int(milliseconds) / 1000, UTC).date()
    except (ValueError, OverflowError, OSError):
        raise InvalidRequest(user_message=tr("This day cannot be read. Please choose it again.")) from None


def read_clock(text: str) -> time:
    """Return the time of a time picker. Raises InvalidRequest."""
    try:
        return time.fromisoformat(text)
    except ValueError:
        raise InvalidRequest(user_message=tr("A time is written like 14:30.")) from None


def zone_of(name: str) -> ZoneInfo:
    """Return a time zone by its name, UTC for none that is known."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return ZoneInfo("UTC")
