"""Words become an activity where they name its kind and say when, else a note."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

import pytest

from bot.card_actions.spoken import local_due, read_spoken
from models.errors import InvalidRequest
from tests.hostile import TITLES

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)  # a Saturday; 13:00 in Prague
PRAGUE = "Europe/Prague"


@pytest.mark.parametrize(
    ("words", "fields"),
    [
        ("call Jana on Friday 10:00", ("Call Jana", "call", "2026-12-04", "09:00:00")),
        ("Freitag 10 Uhr Jana anrufen", ("Jana anrufen", "call", "2026-12-04", "09:00:00")),
        ("Termin mit Jana am 4.12.", ("Termin mit Jana", "meeting", "2026-12-04", None)),
        ("follow up in two weeks", ("Follow up", "task", "2026-12-12", None)),
        ("Call Jana at 15:00", ("Call Jana", "call", "2026-11-28", "14:00:00")),
        ("Call Jana at 9:00", ("Call Jana", "call", "2026-11-29", "08:00:00")),
        ("email: the offer, tomorrow", ("Email: the offer", "email", "2026-11-29", None)),
        ("Monday lunch", ("Lunch", "lunch", "2026-11-30", None)),
        ("meeting 2026-12-01 00:30", ("Meeting", "meeting", "2026-11-30", "23:30:00")),
    ],
)
def test_an_activity_has_its_kind_and_its_day(words: str, fields: tuple[Any, ...]) -> None:
    spoken = read_spoken(words, PRAGUE, NOON)
    keys = ("subject", "type", "due_date", "due_time")

    assert spoken.verb == "activity"
    assert tuple(spoken.fields.get(key) for key in keys) == fields
    assert local_due(spoken.fields, PRAGUE) == (spoken.day, spoken.clock)


@pytest.mark.parametrize(
    "words",
    ["They want it on Friday", "call Jana", "Note: call Jana on Friday", "Notiz: Termin morgen", "10:00"],
)
def test_all_else_is_a_note(words: str) -> None:
    assert read_spoken(words, PRAGUE, NOON).verb == "note"


def test_the_word_that_makes_a_note_is_not_in_it() -> None:
    assert read_spoken("Notiz: Termin morgen", PRAGUE, NOON).fields == {"content": "Termin morgen"}


@pytest.mark.parametrize("words", [each for each in TITLES if each.strip()], ids=range(len(TITLES) - 2))
def test_no_markup_of_people_gets_into_a_note(words: str) -> None:
    content = str(read_spoken(words, PRAGUE, NOON).fields["content"]).replace("<br>", "")

    assert "<" not in content
    assert ">" not in content


def test_an_empty_note_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        read_spoken("note:", PRAGUE, NOON)


def test_an_unknown_zone_counts_as_utc() -> None:
    assert read_spoken("call tomorrow 10:00", "Nowhere/Else", NOON).fields["due_time"] == "10:00:00"
    assert local_due({}, PRAGUE) == (None, None)
    assert local_due({"due_date": "2026-12-04"}, PRAGUE) == (date(2026, 12, 4), None)
    assert local_due({"due_date": "2026-12-04", "due_time": "09:00:00"}, PRAGUE)[1] == time(10)
