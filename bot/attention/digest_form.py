"""The form of a digest: how often it comes, at which time, and on which day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from bot.attention.places import Place
from bot.text.wording import weekday_text
from bot.widgets import Button, Card, Choice, Option, Press, Section, Text, TimePicker
from models.attention.schedule import MONDAY, MORNING, Schedule, read_schedule
from models.destinations.quiet_hours import DAYS
from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.tables.attention import Digest, Every

WHAT: Final = marked("What is not urgent is gathered for one card at its time, by the clock of {zone}.")
_OFTEN: Final = {
    Every.HOURLY: marked("Every hour"),
    Every.DAILY: marked("Every day"),
    Every.WEEKLY: marked("Every week"),
}


@dataclass(frozen=True, slots=True)
class DigestForm:
    """What was filled in: how often, the time `HH:MM`, and the day of a weekly one (`mon`)."""

    every: str = Every.DAILY
    clock: str = MORNING
    day: str = MONDAY


def form_of_digest(found: Digest | None) -> DigestForm:
    """Return the form of a place's digest; without one, that of a daily one in the morning."""
    return DigestForm(found.every, found.clock, found.day) if found is not None else DigestForm()


def read_digest_form(inputs: Mapping[str, Sequence[str]]) -> DigestForm:
    every, clock, day = (next(iter(inputs.get(name, ())), "") for name in ("every", "clock", "day"))
    return DigestForm(every or Every.DAILY, clock or MORNING, day or MONDAY)


def schedule_of_form(form: DigestForm) -> Schedule:
    """Return the schedule that was filled in. Raises InvalidRequest for a choice that does not exist."""
    words = {Every.DAILY.value: (form.clock,), Every.WEEKLY.value: (form.day, form.clock)}
    schedule, rest = read_schedule([form.every, *words.get(form.every, ())])
    if schedule is None or rest:
        raise InvalidRequest(user_message=tr("How often, and at which time? Please choose again."))
    return schedule


def draw_digest_form(place: Place, form: DigestForm, problem: str = "") -> Card:
    """Return the dialog with what was filled in; `problem` is shown above it."""
    problems = [Section([Text(problem)], tr("Please look at this again"))] if problem else []
    often = [Option(every.value, tr(text), every == form.every) for every, text in _OFTEN.items()]
    days = [Option(day, weekday_text(day), day == form.day) for day in DAYS]
    fields = Section(
        [
            Text(tr(WHAT, zone=place.timezone)),
            Choice("every", tr("How often?"), often, "radio"),
            TimePicker("clock", tr("At (not for every hour)"), form.clock),
            Choice("day", tr("On (for every week)"), days),
        ]
    )
    save = Button(tr("Save"), Press("digest.save", {"where": place.word}), primary=True)
    return Card(
        tr("Digest of {title}", title=place.title), "", [*problems, fields], [save], card_id="digest-form"
    )
