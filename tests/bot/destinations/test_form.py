from bot.destinations.form import SpaceForm, draw, filled
from tests.cards import assert_valid, text


def test_an_empty_form_means_this_space() -> None:
    assert filled({}) == SpaceForm("here", "", "")
    assert assert_valid(draw())


def test_what_was_filled_in_is_trimmed_and_kept() -> None:
    form = filled({"kind": ["webhook"], "name": [" Wall "], "url": [" https://x "]})
    assert form == SpaceForm("webhook", "Wall", "https://x")
    assert "https://x" in str(assert_valid(draw(form, "not so")))
    assert "not so" in text(draw(form, "not so"))
