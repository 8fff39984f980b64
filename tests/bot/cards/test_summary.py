"""The summary card: a line per event, and an exact count of the rest."""

import pytest

from bot.cards.summary import SummaryLine, summary_card
from bot.widgets import Button, Message, press
from tests.cards import assert_valid, clicks, lines, links, text


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


def _burst() -> Message:
    lines = [
        SummaryLine("Globex renewal", "Deal won, €30,000", "https://acme.pipedrive.com/deal/1"),
        *(SummaryLine(f"Deal {number}", "New deal, €10") for number in range(11)),
    ]
    return summary_card(
        lines,
        106,
        why="In 40 seconds, folded into one card",
        totals=["1 won, €30,000", "12 moved", "105 new, €12.5M, imported by Ada"],
        rules=[("All deals", 117), ("Big wins", 1)],
        see_all=Button("See all", press("log.show", message="client-1")),
    )


def test_what_matters_is_said_first_and_wins_are_on_top() -> None:
    assert lines(_burst())[:6] == [
        "118 events in Pipedrive",
        "In 40 seconds, folded into one card",
        " 1 won , €30,000\n 12 moved \n 105 new , €12.5M, imported by Ada",
        "[Globex renewal: Deal won, €30,000]",
        "Deal 0: New deal, €10",
        "Deal 1: New deal, €10",
    ]
    assert lines(_burst())[-3:] == ["and 106 more", "Rules: All deals (117), Big wins (1)", "[See all]"]
    assert links(_burst()) == ["https://acme.pipedrive.com/deal/1"]


def test_eight_lines_are_shown_at_once_and_the_others_unfold() -> None:
    (_, events, foot) = assert_valid(_burst())["cardsV2"][0]["card"]["sections"]
    assert (events["collapsible"], events["uncollapsibleWidgetsCount"]) == (True, 8)
    assert "collapsible" not in foot


def test_the_notification_says_what_they_come_to() -> None:
    assert assert_valid(_burst())["fallbackText"] == (
        "118 events in Pipedrive: 1 won, €30,000; 12 moved; 105 new, €12.5M, imported by Ada"
    )


@pytest.mark.parametrize(
    ("rules", "text"),
    [
        ([("Wins", 5)], "Rule: Wins"),
        ([("A", 4), ("B", 3), ("C", 2), ("D", 1), ("E", 1)], "Rules: A (4), B (3), C (2) and 2 others"),
    ],
)
def test_the_rules_that_wanted_them_are_named(rules: list[tuple[str, int]], text: str) -> None:
    assert text in lines(summary_card(["a"], 4, rules=rules))


def test_hostile_totals_and_names_do_no_harm() -> None:
    name = "<a href='https://evil.example'>x</a><b>" * 9
    card = summary_card(
        [SummaryLine(name, name, "javascript:alert(1)")] * 20,
        5,
        totals=[f"1 won, by {name}"] * 12,
        rules=[(name, 9)],
    )
    assert links(card) == []
    few = summary_card(["a"], 9, totals=[f"{number} won" for number in range(9)])
    assert "and other things" in str(assert_valid(few))


def test_the_card_of_a_burst_is_drawn_as_ever() -> None:
    drawn = assert_valid(
        summary_card([SummaryLine("A", "Deal won")], 4, totals=["5 won, €5"], rules=[("R", 5)])
    )
    picture = drawn["cardsV2"][0]["card"]["header"].pop("imageUrl")
    assert picture.startswith("https://pipenotify.example/static/cards/burst")
    assert drawn["cardsV2"] == [
        {
            "cardId": "summary",
            "card": {
                "header": {
                    "title": "5 events in Pipedrive",
                    "subtitle": "Folded into one card, because they came all at once",
                    "imageType": "CIRCLE",
                    "imageAltText": "5 events in Pipedrive",
                },
                "sections": [
                    {"widgets": [{"textParagraph": {"text": "<b>5 won</b>, €5"}}]},
                    {"widgets": [{"decoratedText": {"text": "A: Deal won", "wrapText": True}}]},
                    {
                        "widgets": [
                            {"textParagraph": {"text": "and 4 more"}},
                            {"textParagraph": {"text": "Rule: R"}},
                        ]
                    },
                ],
            },
        }
    ]
