import json

import pytest

from bot.deliveries.cards import LogRow, LogView, log_card
from tests.cards import assert_valid, clicks, lines, text

DEAD = LogRow("12", "Acme renewal: Deal won", "dead", "Failed", "Deals", "Wins", "500", "5 minutes ago", 11)


def test_a_row_tells_what_where_how_and_why() -> None:
    shown = lines(log_card([DEAD], LogView()))
    assert shown[:2] == ["What was sent", "Newest first"]
    row = [
        "Failed · Deals · 5 minutes ago",
        "Acme renewal: Deal won",
        "500 · 11 attempts · Rule Wins · no. 12",
    ]
    assert [each for each in shown if each in row] == row


def test_only_what_can_go_again_has_a_retry_button_that_keeps_the_page() -> None:
    view = LogView("failed", "3", "Wins", page=2, more=True)
    again = LogRow("13", "x", "dead", "Failed", may_retry=True)
    asked = clicks(log_card([DEAD, again], view))
    assert [one for one in asked if one["do"] == "log.retry"] == [
        {"do": "log.retry", "delivery": "13", "only": "failed", "rule": "3", "page": "2"}
    ]
    turns = [one["page"] for one in asked if one["do"] == "log.show" and one["only"] == "failed"]
    assert turns == ["1", "3", "2"]
    reader = LogView("failed", may_retry=False)
    assert "log.retry" not in {one["do"] for one in clicks(log_card([again], reader))}


def test_a_test_is_marked() -> None:
    assert "TEST · Deal won" in text(
        log_card([LogRow("1", "Deal won", "delivered", "Sent", is_test=True)], LogView())
    )


def test_what_was_done_stands_first() -> None:
    shown = lines(log_card([DEAD], LogView(notice="1 delivery on the way again")))
    assert shown[2] == "1 delivery on the way again"


@pytest.mark.parametrize(
    ("view", "words", "button"),
    [
        (LogView(), "Test a rule", "[Rules]"),
        (LogView("failed"), "Nothing failed", "[Refresh]"),
        (LogView("held"), "Nothing is held", "[Refresh]"),
        (LogView("", "3", "Wins"), "Test a rule", "[Open the rule]"),
    ],
)
def test_an_empty_log_says_what_to_do(view: LogView, words: str, button: str) -> None:
    shown = lines(log_card([], view))
    assert words in "\n".join(shown)
    assert shown[-1] == button


@pytest.mark.parametrize("name", ["<users/all>", "<b>x", "😀" * 3000, "\u202eevil", ""])
def test_texts_of_strangers_do_no_harm(name: str) -> None:
    row = LogRow("1", name, name, name, name, name, name, name, 1, may_retry=True)
    drawn = assert_valid(log_card([row] * 10, LogView(rule="1", rule_name=name, notice=name)))
    assert "<users/all>" not in json.dumps(drawn, ensure_ascii=False)
