"""A view has so many rows at most and counts the others; a question names places and what stays."""

from __future__ import annotations

from collections import Counter

import pytest

from bot.ops.cards import MOST_ROWS, OperatorRow, operator_card, replay_card, replayed_card
from models.deliveries.actions import RetriedBatch
from models.waits.replay import ReplayPreview


def test_what_a_view_cannot_show_is_counted() -> None:
    rows = [OperatorRow(f"row {number}") for number in range(MOST_ROWS + 3)]
    drawn = str(operator_card("Queues", rows, ["dead"]).as_chat("https://example.com"))
    assert drawn.count("'row ") == MOST_ROWS
    assert "and 3 more" in drawn
    assert "more" not in str(
        operator_card("Queues", rows[:MOST_ROWS], ["dead"]).as_chat("https://example.com")
    )


def test_only_a_row_of_a_team_can_be_sent_again() -> None:
    rows = [OperatorRow("2 dead letters", "Acme", team=7), OperatorRow("box 1", "Worker", is_wrong=True)]
    drawn = str(operator_card("Dead letters", rows, ["queues"]).as_chat("https://example.com"))
    assert drawn.count("Send again") == 1
    assert "'value': '7'" in drawn


def test_a_question_says_how_many_can_go_and_what_cannot_and_why() -> None:
    would = ReplayPreview(3, Counter({"the destination is paused": 1}))
    drawn = str(replay_card(7, "Acme", would).as_chat("https://example.com"))
    assert "3 deliveries can go again" in drawn
    assert "1 failed card cannot go: the destination is paused. Resume it first" in drawn
    assert "'value': '7'" in drawn


def test_where_nothing_can_go_there_is_no_button() -> None:
    drawn = str(replay_card(7, "Acme", ReplayPreview(0, Counter())).as_chat("https://example.com"))
    assert "There is nothing to send again" in drawn
    assert "ops.replay" not in drawn


@pytest.mark.parametrize("may_continue", [True, False])
def test_the_next_ones_have_a_button_where_there_are_any(*, may_continue: bool) -> None:
    sent = RetriedBatch(500, Counter(), may_continue=may_continue)
    drawn = str(replayed_card(7, "Acme", sent).as_chat("https://example.com"))
    assert "500 deliveries on the way again" in drawn
    assert ("ops.replay" in drawn) is may_continue
