"""Decides what the words of a reply become in Pipedrive: a note, or an activity with its day."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final

from bot.card_actions.dates import find_moment
from bot.card_actions.form import SUBJECT_LETTERS, due_fields, note_html, zone_of
from models.card_actions.records import ACTIVITY, NOTE

_KINDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("call", "phone", "ring", "anruf", "anrufen", "telefonat", "telefonieren"), "call"),
    **dict.fromkeys(("rückruf", "zurückrufen", "rufe", "ruf"), "call"),
    **dict.fromkeys(("meeting", "meet", "visit", "termin", "treffen", "besprechung", "besuch"), "meeting"),
    **dict.fromkeys(("besuchen", "demo"), "meeting"),
    **dict.fromkeys(("task", "todo", "to-do", "follow-up", "followup", "aufgabe"), "task"),
    **dict.fromkeys(("nachfassen", "wiedervorlage", "erledigen"), "task"),
    **dict.fromkeys(("email", "e-mail", "mail", "mailen"), "email"),
    **dict.fromkeys(("lunch", "mittagessen"), "lunch"),
    **dict.fromkeys(("deadline", "frist", "abgabe"), "deadline"),
}
_NOTE: Final = re.compile(r"\s*(?:note|notiz)\s*:\s*", re.IGNORECASE)
_FOLLOW_UP: Final = re.compile(r"^\s*follow\s+up\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What the words become: `verb` is note or activity, `fields` are those of Pipedrive.

    `day` and `clock` are those of an activity, by the clock of the person.
    """

    verb: str
    fields: Mapping[str, Any]
    day: date | None = None
    clock: time | None = None


def read_spoken(words: str, timezone: str, at: datetime) -> Spoken:
    """Return what some words become: an activity if they begin or end with its kind and say when.

    Without a day, a time is today's, or tomorrow's if it is over. `Note:` before the words makes them a note.
    """
    marked_as_note = _NOTE.match(words)
    if marked_as_note:
        return _note(words[marked_as_note.end() :])
    local = at.astimezone(zone_of(timezone))
    moment = find_moment(words, local.date())
    kind = _kind_of(moment.rest) or _kind_of(words)
    if not kind or (moment.day is None and moment.clock is None):
        return _note(words)
    is_over = moment.clock is not None and moment.clock <= local.time()
    day = moment.day or local.date() + timedelta(days=1 if is_over else 0)
    subject = moment.rest or words
    fields = {"subject": (subject[:1].upper() + subject[1:])[:SUBJECT_LETTERS], "type": kind}
    return Spoken(ACTIVITY, fields | due_fields(day, moment.clock, timezone), day, moment.clock)


def local_due(fields: Mapping[str, Any], timezone: str) -> tuple[date | None, time | None]:
    """Return the day and the time of day of an activity's fields by the clock of a person."""
    day, clock = fields.get("due_date"), fields.get("due_time")
    if not day:
        return None, None
    if not clock:
        return date.fromisoformat(str(day)), None
    at = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=UTC).astimezone(zone_of(timezone))
    return at.date(), at.time()


def _note(words: str) -> Spoken:
    return Spoken(NOTE, {"content": note_html(words)})


def _kind_of(words: str) -> str:
    if _FOLLOW_UP.match(words):
        return "task"
    parts = [part.strip(".,:;!?").lower() for part in words.split()]
    return next((_KINDS[part] for part in (*parts[:1], *parts[-1:]) if part in _KINDS), "")
