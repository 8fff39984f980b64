"""Rules in prose, on bodies that are hardly cards at all."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from web.playground.chat.card_prose import prose_problems

KEYS = [
    "sections",
    "widgets",
    "buttons",
    "onClick",
    "action",
    "header",
    "columns",
    "card",
    "cardsV2",
    "icon",
    "textInput",
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON))
@pytest.mark.parametrize("place", ["message", "dialog"])
def test_no_body_makes_the_checker_fail(place: str, body: dict[str, Any]) -> None:
    assert all(isinstance(problem, str) for problem in prose_problems(body, place))


def test_each_problem_comes_with_its_path() -> None:
    body: dict[str, Any] = {"cardsV2": [{"card": {"sections": [{"widgets": [{"textParagraph": {}}]}]}}]}

    assert list(prose_problems(body, "message")) == [
        "cardsV2[0].card.sections[0].widgets[0].textParagraph: text is missing"
    ]
