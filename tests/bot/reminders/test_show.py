"""The texts of reminders, and days off, as people read them."""

from __future__ import annotations

import pytest

from bot.reminders import holidays
from bot.reminders.show import what_text
from models.tables import DurableWait
from tests.chat import Chat


@pytest.mark.parametrize(
    ("details", "text"),
    [
        ({"title": "Lamps", "words": "call Jana"}, "Lamps · call Jana"),
        ({"title": "Lamps"}, "Lamps"),
        ({"words": "call Jana"}, "call Jana"),
    ],
)
def test_a_reminder_says_what_it_is_about(details: dict[str, str], text: str) -> None:
    assert what_text(DurableWait(details=details)) == text


def test_days_off_without_a_day_are_explained(chat: Chat) -> None:
    for words in ("holiday add", "holiday add someday", "holiday remove", "holiday remove 99"):
        assert chat.say(words).card
    assert chat.say("holidays").has("There are none")
    assert holidays.HOW.startswith("Say /pipenotify holiday add")
