"""The inspector shows what was sent, and what Chat would refuse in it."""

from __future__ import annotations

import json

from web.playground.inspector import DIALOG, MESSAGE, report

CARD = {"header": {"title": "T"}, "sections": [{"widgets": [{"textParagraph": {"text": "é"}}] * 3}]}


def test_a_good_message_is_measured_and_has_no_problems() -> None:
    body = {"fallbackText": "T", "cardsV2": [{"cardId": "c", "card": CARD}]}
    found = report(body, MESSAGE)
    assert (found["problems"], found["widgets"]) == ([], 3)
    assert found["bytes"] < found["mostBytes"]
    assert json.loads(found["text"]) == body
    assert found["text"].index("fallbackText") < found["text"].index("cardsV2"), "keys stay in their order"


def test_what_chat_refuses_is_named_by_its_path() -> None:
    found = report({"cardsV2": [{"card": {"header": {"titel": "T"}}}]}, MESSAGE)
    assert any("titel" in each for each in found["problems"])
    assert report({"text": "x" * 40_000}, MESSAGE)["problems"]


def test_a_dialog_is_a_bare_card() -> None:
    assert report(CARD, DIALOG)["widgets"] == 3
    assert report({"text": "no card"}, DIALOG)["problems"]
