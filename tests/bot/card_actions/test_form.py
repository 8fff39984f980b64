"""What people fill in becomes what Pipedrive takes: HTML, days, and clock times in UTC."""

from __future__ import annotations

from datetime import date

import pytest

from bot.card_actions.form import (
    activity_widgets,
    draw_form,
    read_activity,
    read_note,
    read_reason,
    reason_widgets,
)
from bot.widgets import press
from models.errors import InvalidRequest

DAY = str(1_764_633_600_000)  # December 2, 2025


@pytest.mark.parametrize(
    ("zone", "due"),
    [
        ("Europe/Prague", {"due_date": "2025-12-01", "due_time": "23:30:00"}),
        ("America/New_York", {"due_date": "2025-12-02", "due_time": "05:30:00"}),
        ("Mars/Olympus", {"due_date": "2025-12-02", "due_time": "00:30:00"}),
        ("../etc/passwd", {"due_date": "2025-12-02", "due_time": "00:30:00"}),
    ],
)
def test_a_time_of_day_is_meant_in_the_persons_zone(zone: str, due: dict[str, str]) -> None:
    read = read_activity({"subject": ["Call"], "day": [DAY], "time": ["00:30"]}, zone)
    assert read == {"subject": "Call", "type": "call"} | due


def test_a_follow_up_needs_no_day() -> None:
    assert read_activity({"subject": ["Call"], "type": ["task"]}, "UTC") == {
        "subject": "Call",
        "type": "task",
    }


def test_an_invalid_clock_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="14:30"):
        read_activity({"subject": ["Call"], "day": [DAY], "time": ["25 o'clock"]}, "UTC")


def test_own_words_go_before_the_chosen_reason() -> None:
    assert read_reason({"known": ["Price"], "reason": ["Too slow"]}) == "Too slow"
    assert read_reason({"known": ["Price"], "reason": [""]}) == "Price"
    assert len(read_reason({"reason": ["x" * 500]})) == 150


def test_a_note_cannot_bring_markup_along() -> None:
    assert read_note({"note": ["<script>x</script>"]}) == "&lt;script&gt;x&lt;/script&gt;"


def test_a_refused_form_keeps_what_was_filled_in() -> None:
    widgets = activity_widgets({"subject": ["Call Bob"], "type": ["lunch"]}, date(2025, 12, 2))
    drawn = draw_form("Plan", "Globex", widgets, press("card.activity"), "Look").as_dialog(
        "https://x/chat/events"
    )
    assert "Call Bob" in str(drawn)
    assert DAY in str(drawn)
    assert {"text": "Lunch", "value": "lunch", "selected": True} in drawn["sections"][1]["widgets"][1][
        "selectionInput"
    ]["items"]


def test_without_known_reasons_there_is_one_box() -> None:
    assert len(reason_widgets([])) == 1
    assert len(reason_widgets(["Price"], "mine")) == 2
