import pytest

from bot.text.event_types import choices_of_operators, choices_of_types, event_type_text, event_types_text


@pytest.mark.parametrize(
    ("event_type", "words"),
    [
        ("deal.won", "Deal won"),
        ("deal.stage_changed", "Deal stage changed"),
        ("lead.*", "Any change: lead"),
        ("*", "Anything that happens"),
        ("unheard.of", "unheard of"),
    ],
)
def test_event_types_read_as_people_say_them(event_type: str, words: str) -> None:
    assert event_type_text(event_type) == words


def test_several_types_are_told_in_one_breath() -> None:
    assert event_types_text(["deal.won", "deal.lost"]) == "Deal won and Deal lost"


def test_all_choices_fit_one_dropdown_and_differ() -> None:
    for choices in (choices_of_types(), choices_of_operators()):
        assert 20 < len(choices) <= 100
        assert len({words for _, words in choices}) == len(choices)


def test_what_we_find_ourselves_is_offered() -> None:
    offered = {event_type for event_type, _ in choices_of_types()}
    assert {"deal.stalled", "activity.overdue", "lead.scored"} <= offered
    assert event_types_text(["lead.scored"]) == "Lead scored"
