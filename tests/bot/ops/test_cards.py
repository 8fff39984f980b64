"""A view has so many rows at most and counts the others; a question names places and what stays."""

from __future__ import annotations

from collections import Counter

from bot.ops.cards import MOST_ROWS, OperatorRow, operator_card, replay_card
from models.deliveries.replay import ReplayResult


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


def test_a_question_names_where_cards_would_go_and_what_stays() -> None:
    would = ReplayResult(Counter({"Wins wall": 3}), Counter({"the destination is paused": 2}))
    drawn = str(replay_card(7, "Acme", would).as_chat("https://example.com"))
    assert "Send 3 dead letters again?" in drawn
    assert "Wins wall" in drawn
    assert "2 stay: the destination is paused" in drawn


def test_where_nothing_can_go_there_is_no_button() -> None:
    drawn = str(replay_card(7, "Acme", ReplayResult()).as_chat("https://example.com"))
    assert "Nothing of this team can be sent again" in drawn
    assert "ops.replay" not in drawn
