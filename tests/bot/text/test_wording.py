from bot.text.wording import capital, either, weekday_text
from models.languages.translate import speaking


def test_choices_are_joined_by_or() -> None:
    assert either(["a"]) == "a"
    assert either(["a", "b", "c"]) == "a or b or c"
    with speaking("de"):
        assert either(["a", "b"]) == "a oder b"


def test_only_the_first_letter_becomes_a_capital() -> None:
    assert capital("this Space") == "This Space"
    assert capital("") == ""


def test_days_are_short_in_every_language() -> None:
    assert weekday_text("mon") == "Mon"
    with speaking("de"):
        assert [weekday_text("mon"), weekday_text("sun")] == ["Mo", "So"]
