"""The card of a morning: its lines with what mends them, pages, and what is left when all is done."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from bot.cards.nudges import MOST_SHOWN, nudge_card
from models.nudges.cards import NudgeView, ShownLine
from models.nudges.facts import Fix, NudgeFinding
from models.pipedrive.change import Change
from models.pipedrive.names import NO_NAMES

DEAL = Change("deal", "updated", "1", {}, {"title": "Lamps"}, frozenset(), ("deal.updated",))


def view(count: int, total: int, **more: object) -> NudgeView:
    lines = [ShownLine(each, "no_value", Fix.VALUE, NudgeFinding(), DEAL) for each in range(count)]
    made = NudgeView(1, date(2026, 11, 30), 5, lines, total, NO_NAMES, "https://acme.pipedrive.com")
    return replace(made, **more)  # type: ignore[arg-type]


def drawn(shown: NudgeView, page: int = 1) -> str:
    return str(nudge_card(shown, page=page).as_chat("https://x.test/chat/events"))


def test_each_line_has_its_button_and_a_way_to_put_it_off() -> None:
    text = drawn(view(1, 3))
    for part in ("1 thing to mend", "2 of 3 done", "nudge.fix", "nudge.snooze", "Lamps", "/deal/1"):
        assert part in text
    assert "nudge.fix" not in drawn(view(1, 1, delivery_id=None))


def test_what_is_being_written_has_no_button() -> None:
    line = replace(view(1, 1).lines[0], is_under_way=True)
    text = drawn(view(1, 1, lines=[line]))
    assert "It is being written to Pipedrive" in text
    assert "nudge.fix" not in text


def test_more_than_a_page_has_a_next_one() -> None:
    whole = view(MOST_SHOWN + 1, MOST_SHOWN + 1)
    assert "Next" in drawn(whole)
    assert "Previous" in drawn(whole, 2)


def test_an_empty_card_says_why() -> None:
    assert "All done" in drawn(view(0, 2))
    assert "Asked again on a later card" in drawn(view(0, 2, was_replaced=True))
