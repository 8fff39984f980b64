from bot.destinations.form import DestinationForm, draw_form, read_form
from tests.cards import assert_valid, text


def test_an_empty_form_means_this_space() -> None:
    assert read_form({}) == DestinationForm("here", "", "")
    assert assert_valid(draw_form())


def test_what_was_filled_in_is_trimmed_and_kept() -> None:
    form = read_form({"kind": ["webhook"], "name": [" Wall "], "url": [" https://x "]})
    assert form == DestinationForm("webhook", "Wall", "https://x")
    assert "https://x" in str(assert_valid(draw_form(form, "not so")))
    assert "not so" in text(draw_form(form, "not so"))
