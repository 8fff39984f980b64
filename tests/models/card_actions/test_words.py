"""What people did reads as one sentence; names that are not known are left out."""

from __future__ import annotations

import pytest

from models.card_actions.words import deed, holds, name_pairs, press_of
from models.pipedrive.names import Name, Names

NAMES = Names({("user", "2"): Name("Ben"), ("stage", "3"): Name("Negotiation")})


@pytest.mark.parametrize(
    ("do", "fields", "words"),
    [
        ("deal.claim", {"owner_id": 2}, "claimed it"),
        ("deal.assign", {"owner_id": 2}, "gave it to Ben"),
        ("deal.assign", {"owner_id": 5}, "gave it to somebody else"),
        ("deal.move", {"stage_id": 3}, "moved it to Negotiation"),
        ("deal.lost", {"status": "lost", "lost_reason": "Price {x}"}, "marked it as lost: Price {x}"),
        ("deal.lost", {"status": "lost"}, "marked it as lost"),
        ("deal.activity", {"subject": "Call"}, "planned “Call”"),
    ],
)
def test_what_was_done(do: str, fields: dict[str, object], words: str) -> None:
    assert deed(do, fields, NAMES) == words


def test_what_is_under_way_needs_notice_in_the_present() -> None:
    assert deed("deal.won", {}, NAMES, is_open=True) == "marks it as won"


@pytest.mark.parametrize(
    ("slot", "value", "words"),
    [
        ("owner_id", 2, "Ben owns it now."),
        ("owner_id", 9, "Somebody else owns it now."),
        ("owner_id", None, "Nobody owns it now."),
        ("stage_id", 3, "It is in Negotiation now."),
        ("stage_id", 9, "It is in another stage now."),
        ("status", "lost", "It is lost now."),
        ("status", "gone", "It was changed in Pipedrive."),
        ("done", True, "It is done now."),
        ("done", False, "It is not done now."),
    ],
)
def test_what_holds_now(slot: str, value: object, words: str) -> None:
    assert holds(slot, value, NAMES) == words


@pytest.mark.parametrize(
    ("do", "fields", "words"),
    [
        ("deal.note", {"content": "x"}, "Your note on Acme"),
        ("deal.assign", {"owner_id": 2}, "Giving Acme to Ben"),
        ("deal.move", {"stage_id": 3}, "Moving Acme to Negotiation"),
        ("deal.activity", {"subject": "Call"}, "Your activity “Call” for Acme"),
    ],
)
def test_what_was_pressed(do: str, fields: dict[str, object], words: str) -> None:
    assert press_of(do, fields, NAMES, "Acme") == words


def test_the_names_that_words_need() -> None:
    assert name_pairs({"owner_id": 2, "stage_id": None, "status": "won"}) == {("user", "2")}
