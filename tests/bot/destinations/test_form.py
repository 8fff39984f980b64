from typing import Final

import pytest

from bot.destinations.form import DestinationForm, draw_form, kinds_text, read_form
from tests.cards import assert_valid, text

EVERY: Final = ["here", "webhook", "email", "server"]


def test_an_empty_form_means_this_space() -> None:
    assert read_form({}) == DestinationForm("here", "", "")
    assert assert_valid(draw_form(EVERY))


def test_what_was_filled_in_is_trimmed_and_kept() -> None:
    form = read_form({"kind": ["webhook"], "name": [" Wall "], "url": [" https://x "]})
    assert form == DestinationForm("webhook", "Wall", "https://x")
    assert "https://x" in str(assert_valid(draw_form(EVERY, form, "not so")))
    assert "not so" in text(draw_form(EVERY, form, "not so"))


@pytest.mark.parametrize(
    ("kinds", "sentence"),
    [
        (["here"], "Into this space."),
        (["here", "webhook", "server"], "This space or a webhook."),
        (EVERY, "This space, a webhook or an e-mail address."),
    ],
)
def test_the_sentence_and_the_form_name_the_same_kinds(kinds: list[str], sentence: str) -> None:
    assert kinds_text(kinds) == sentence
    form = text(draw_form(kinds))
    assert ("incoming webhook" in form) is ("webhook" in sentence)
    assert ("e-mail" in form) is ("e-mail" in sentence)
