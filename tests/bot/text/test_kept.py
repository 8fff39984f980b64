"""What comes of a short text is made once; of a long one, and of what is no text, each time."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from bot.text.kept import SHORT, keep_for_short


@pytest.mark.parametrize(
    ("text", "times"), [("Open", 1), ("a" * SHORT, 1), ("a" * (SHORT + 1), 2), (None, 2), (7, 2)]
)
def test_only_what_comes_of_short_texts_is_kept(text: object, times: int) -> None:
    calls: list[object] = []

    @keep_for_short
    def twice(text: object, end: str) -> str:
        calls.append(text)
        return f"{text}{text}{end}"

    assert [twice(text, "."), twice(text, ".")] == [f"{text}{text}."] * 2
    assert twice(text, "!") == f"{text}{text}!"
    assert len(calls) == times + 1


def test_numbers_that_are_alike_are_not_taken_for_each_other() -> None:
    shown: Callable[[object], str] = keep_for_short(repr)
    assert [shown(1), shown(True), shown(1.0)] == ["1", "True", "1.0"]
