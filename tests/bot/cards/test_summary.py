"""The summary card: a line per event, and an exact count of the rest."""

import pytest

from bot.cards.summary import summary_card
from bot.widgets import Button, press
from tests.cards import assert_valid, clicks, lines, text


@pytest.mark.parametrize(
    ("count", "more", "rest"),
    [(1, 0, None), (20, 0, None), (21, 0, "and 1 more"), (20, 5, "and 5 more"), (25, 1975, "and 1,980 more")],
)
def test_twenty_lines_are_shown_and_the_rest_is_counted(count: int, more: int, rest: str | None) -> None:
    shown = lines(summary_card([f"Deal {number}: Deal won" for number in range(count)], more))

    assert sum(line.startswith("Deal ") and line != "Deal won" for line in shown) == min(count, 20)
    assert [line for line in shown if line.startswith("and ")] == ([rest] if rest else [])


def test_the_title_counts_all_and_the_notification_names_the_first() -> None:
    drawn = assert_valid(summary_card(["Acme: Deal won", "Beta: Deal lost"], 3, thread_key="t"))

    assert drawn["cardsV2"][0]["card"]["header"]["title"] == "5 events in Pipedrive"
    assert drawn["fallbackText"] == "5 events in Pipedrive: Acme: Deal won and 4 more"
    assert drawn["thread"] == {"threadKey": "t"}


def test_there_is_a_way_to_see_them_all() -> None:
    card = summary_card(
        ["a"], 1, see_all=Button("See all", press("delivery.list")), title="Digest", why="Daily"
    )

    assert clicks(card) == [{"do": "delivery.list"}]
    assert text(card).startswith("Digest\nDaily")


def test_nothing_to_tell_is_still_a_card() -> None:
    assert lines(summary_card([]))[0] == "0 events in Pipedrive"


def test_hostile_lines_fit() -> None:
    assert_valid(summary_card(["😀" * 5000 + ": " + "<users/all>" * 500] * 30, 10**9))
