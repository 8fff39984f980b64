"""Durations are written in the largest unit that fits, in the language of the reader."""

from __future__ import annotations

import pytest

from bot.text.duration import duration
from models.languages.translate import speaking


@pytest.mark.parametrize(
    ("milliseconds", "text"),
    [(0, "0 sec"), (840, "0.8 sec"), (12_400, "12 sec"), (180_000, "3 min"), (7_200_000, "2 hr")],
)
def test_durations_are_short(milliseconds: int, text: str) -> None:
    assert duration(milliseconds).replace("\u00a0", " ") == text


def test_durations_are_translated() -> None:
    with speaking("de"):
        assert duration(1500).replace("\u00a0", " ") == "1,5 Sek."
