"""The card checker: Google's own cards pass, and each broken one is named."""

import json
from pathlib import Path
from typing import Any

import pytest

from web.playground.chat.card_rules import camel, problems

SAMPLES = Path(__file__).parents[5] / "shared" / "samples" / "chat_cards"
# Its first button has no onClick, which the same document calls required.
CONTRADICTS_ITSELF = "google_discovery_widget_buttonList.json"
URL = "https://x.example/chat/events"


def widget(**kinds: Any) -> dict[str, Any]:
    return {"sections": [{"widgets": [kinds]}]}


def button(**changed: Any) -> dict[str, Any]:
    return {"buttonList": {"buttons": [{"text": "Go", "onClick": {"action": {"function": URL}}, **changed}]}}


def message(card: dict[str, Any]) -> dict[str, Any]:
    return {"cardsV2": [{"cardId": "c", "card": card}]}


def _sample_cases() -> list[tuple[str, dict[str, Any], str]]:
    cases = []
    for path in sorted(SAMPLES.glob("*.json")):
        found = json.loads(path.read_text())
        if "cardsV2" in found or "text" in found or "actionResponse" in found:
            cases.append((path.name, found, "message"))
        elif "sections" in found:
            cases.append((path.name, found, "dialog"))
        elif not any(key.endswith(("Response", "Step")) for key in found):
            cases.append((path.name, widget(**found), "dialog"))
    return cases


def test_official_cards_pass() -> None:
    cases = [case for case in _sample_cases() if case[0] != CONTRADICTS_ITSELF]
    if not cases:
        pytest.skip(f"no sample cards at {SAMPLES}")
    found = {name: problems(card, place=place, bare_functions=True) for name, card, place in cases}  # type: ignore[arg-type]

    assert {name: wrong for name, wrong in found.items() if wrong} == {}


BROKEN = [
    ("empty onClick", widget(**button(onClick={})), "an empty onClick makes the whole card disappear"),
    ("no onClick", widget(buttonList={"buttons": [{"text": "x"}]}), "a button without onClick"),
    (
        "two onClicks",
        widget(**button(onClick={"action": {"function": URL}, "openLink": {"url": URL}})),
        "not several",
    ),
    ("bare function", widget(**button(onClick={"action": {"function": "save"}})), "no full URL"),
    ("no function", widget(**button(onClick={"action": {"parameters": []}})), "an action needs a function"),
    ("no address", widget(**button(onClick={"openLink": {"url": ""}})), "openLink opens nothing"),
    ("script", widget(**button(onClick={"openLink": {"url": "javascript:x"}})), "openLink opens nothing"),
    ("no words", widget(**button(text=" ")), "a button needs a text or an icon"),
    ("no buttons", widget(buttonList={"buttons": []}), "an empty buttonList"),
    ("two in one", widget(textParagraph={"text": "x"}, divider={}), "divider and textParagraph"),
    ("nothing", widget(), "not nothing"),
    ("no title", {"header": {"subtitle": "x"}, **widget(divider={})}, "the header disappears"),
    ("no widget", {"sections": [{"header": "x", "widgets": []}]}, "a section needs a widget"),
    ("no card", {}, "an empty card"),
    ("no text", widget(textParagraph={"text": ""}), "text is missing"),
    ("no fact", widget(decoratedText={"topLabel": "x"}), "text is missing"),
    (
        "two ends",
        widget(decoratedText={"text": "x", "endIcon": {"knownIcon": "STAR"}, **button()["buttonList"]}),
        "'buttons'",
    ),
    ("no name", widget(textInput={"label": "x"}), "an input needs a name"),
    ("no label", widget(textInput={"name": "x"}), "label or hintText is required"),
    ("many items", widget(selectionInput={"name": "x", "items": [{"text": "a"}] * 101}), "101 items"),
    ("no items", widget(selectionInput={"name": "x"}), "nothing to select"),
    (
        "no choice",
        widget(selectionInput={"name": "x", "items": [{}], "multiSelectMaxSelectedItems": 0}),
        "at least 1",
    ),
    ("three columns", widget(columns={"columnItems": [{"widgets": []}] * 3}), "one or 2 columns"),
    ("icon of nothing", widget(decoratedText={"text": "x", "startIcon": {"altText": "x"}}), "exactly one of"),
    ("http image", widget(image={"imageUrl": "http://x.example/a.png"}), "https imageUrl"),
    ("no chip", widget(chipList={"chips": [{}]}), "a chip needs a label"),
    ("misspelt", widget(image={"imageURL": "https://x.example/a.png"}), "'imageURL' was unexpected"),
    (
        "enum",
        widget(selectionInput={"name": "x", "type": "MULTISELECT", "items": [{"text": "a"}]}),
        "MULTISELECT",
    ),
    ("type", widget(textParagraph={"text": 5}), 'not of type "string"'),
    ("elsewhere", {"sections": [{"id": "x", "widgets": [{"divider": {}}]}]}, "'id' was unexpected"),
    ("crowd", {"sections": [{"widgets": [{"divider": {}}] * 101}]}, "101 widgets"),
    (
        "nested column",
        widget(columns={"columnItems": [{"widgets": [{"grid": {}}]}]}),
        "'grid' was unexpected",
    ),
]


@pytest.mark.parametrize(("card", "problem"), [case[1:] for case in BROKEN], ids=[case[0] for case in BROKEN])
@pytest.mark.parametrize("place", ["message", "dialog"])
def test_a_broken_card_is_named(card: dict[str, Any], problem: str, place: Any) -> None:
    found = problems(message(card) if place == "message" else card, place=place)

    assert any(problem in each for each in found), found


def test_two_inputs_of_one_name_are_named() -> None:
    box = {"textInput": {"name": "x", "label": "X"}}

    assert problems({"sections": [{"widgets": [box, box]}]}, place="dialog") == [
        "dialog: the input name 'x' is used twice"
    ]


def test_a_footer_belongs_to_dialogs_and_needs_its_button() -> None:
    action = button()["buttonList"]["buttons"][0]
    card = {**widget(divider={}), "fixedFooter": {"primaryButton": action}}

    assert problems(card, place="dialog") == []
    assert "only dialogs" in problems(message(card))[0]
    assert (
        "without primaryButton"
        in problems({**card, "fixedFooter": {"secondaryButton": action}}, place="dialog")[0]
    )


def test_a_message_needs_something_to_show_and_ids_for_its_cards() -> None:
    card = widget(divider={})

    assert problems({"thread": {"threadKey": "x"}}) == ["message: neither text nor cardsV2"]
    assert "several cards" in problems({"cardsV2": [{"card": card}, {"card": card}]})[0]
    assert problems({"cardsV2": [{"card": card}]}) == []
    assert "an empty card" in problems({"cardsV2": [{"cardId": "x"}]})[0]


def test_a_message_over_the_limit_is_named() -> None:
    assert problems({"text": "x" * 31_980}) == []
    assert "bytes, 32000 are allowed" in problems({"text": "x" * 32_000})[0]


def test_snake_case_counts_as_camel_case() -> None:
    assert camel({"cards_v2": [{"card_id": "x"}]}) == {"cardsV2": [{"cardId": "x"}]}
    assert problems({"cards_v2": [{"card_id": "x", "card": widget(text_paragraph={"text": "x"})}]}) == []
    assert problems({"text": "x", "surprise": 1}) == [
        "body: Additional properties are not allowed ('surprise' was unexpected)"
    ]
