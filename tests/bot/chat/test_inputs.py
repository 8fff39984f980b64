from typing import Any

import pytest

from bot.chat.inputs import read_inputs, read_parameters


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ({"stringInputs": {"value": ["a", "b"]}}, ["a", "b"]),
        ({"stringInputs": {"value": [""]}}, []),
        ({"stringInputs": {"value": "not-a-list"}}, []),
        ({"": {"stringInputs": {"value": ["a"]}}}, ["a"]),
        ({"dateInput": {"msSinceEpoch": 1000425600000}}, ["1000425600000"]),
        ({"dateInput": {"msSinceEpoch": "1000425600000"}}, ["1000425600000"]),
        ({"dateInput": {"msSinceEpoch": "never"}}, []),
        ({"dateTimeInput": {"msSinceEpoch": 1.0004256e12, "hasTime": True}}, ["1000425600000"]),
        ({"timeInput": {"hours": 9.0, "minutes": 5}}, ["09:05"]),
        ({"futureInput": {}}, []),
        ("text", []),
    ],
)
def test_each_kind_of_input_is_a_list_of_texts(given: Any, values: list[str]) -> None:
    assert read_inputs({"box": given}) == {"box": values}


@pytest.mark.parametrize("form", [None, [], "x", 7])
def test_no_form_is_an_empty_one(form: Any) -> None:
    assert read_inputs(form) == {}


def test_parameters_come_as_a_list_a_map_or_both() -> None:
    listed = {"parameters": [{"key": "do", "value": "a"}, {"key": "lost"}, "x", {"value": "y"}]}
    assert read_parameters({"parameters": {"more": "b", "bad": 7}}, listed) == {"do": "a", "more": "b"}
    assert read_parameters({"parameters": None}, {"parameters": 7}) == {}
