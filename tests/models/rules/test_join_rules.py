"""However many rules want an event in a space, the space gets one message."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from models.deliveries.reasons import ON_ANOTHER_CARD
from models.pipedrive.filters.filters import ALWAYS
from models.rules.join_rules import join_rules
from models.rules.ruleset import ReadyRule

AT = datetime(2026, 11, 20, 9, tzinfo=UTC)


ROW = {
    "state": "pending",
    "reason": "",
    "is_silent": False,
    "gathered_for": None,
    "withheld": "",
    "is_urgent": False,
    "thread_key": None,
    "line_key": None,
    "mentions_owner": False,
    "mentions": "",
    "next_attempt_at": AT,
    "created_at": AT,
    "finished_at": None,
}
Wanted = tuple[ReadyRule, dict[str, Any]]


def wanted(name: str, destination: int = 1, *, look: str = "compact", **row: Any) -> Wanted:
    rule = ReadyRule(1, name, 0, frozenset({"deal.won"}), ALWAYS, False, (), look=look)
    return rule, {"destination_id": destination, "rule_name": name, **ROW, **row}


def test_one_row_is_sent_and_names_all_rules() -> None:
    first, second, other = join_rules([wanted("Big"), wanted("All"), wanted("Third", 2)])

    assert (first["state"], first["rule_name"]) == ("pending", "Big, All")
    assert (second["state"], second["reason"], second["finished_at"]) == ("skipped", ON_ANOTHER_CARD, AT)
    assert (other["state"], other["rule_name"]) == ("pending", "Third")


def test_the_most_detailed_look_wins() -> None:
    rows = join_rules([wanted("a"), wanted("b", look="detailed"), wanted("c", look="compact")])

    assert [row["state"] for row in rows] == ["skipped", "pending", "skipped"]
    assert rows[1]["rule_name"] == "a, b, c"


def test_it_is_urgent_and_sent_now_if_any_rule_says_so() -> None:
    later = AT + timedelta(hours=9)
    held = wanted("a", look="detailed", state="held", reason="held by quiet hours", next_attempt_at=later)
    row, _ = join_rules([held, wanted("b", is_urgent=True)])

    assert (row["state"], row["reason"], row["is_urgent"]) == ("pending", "", True)
    assert row["next_attempt_at"] == AT


def test_what_one_rule_may_not_show_another_may() -> None:
    rows = join_rules([wanted("a", look="detailed", withheld="1 of 2 people may see it"), wanted("b")])

    assert [row["state"] for row in rows] == ["skipped", "pending"]


def test_a_rule_without_a_thread_brings_the_card_to_the_end_of_the_space() -> None:
    row, _ = join_rules([wanted("a", thread_key="deal-1"), wanted("b")])

    assert (row["thread_key"], row["line_key"]) == (None, "deal-1")  # and the thread gets a line


def test_news_of_one_rule_leaves_its_line_whichever_rule_has_the_card() -> None:
    _, row = join_rules([wanted("a", line_key="deal-1"), wanted("b", look="detailed")])

    assert (row["thread_key"], row["line_key"]) == (None, "deal-1")


def test_the_owner_is_mentioned_if_any_rule_says_so() -> None:
    row, _ = join_rules([wanted("a", look="detailed", mentions="x"), wanted("b", mentions_owner=True)])
    assert row["mentions"] == "x"

    assert row["mentions_owner"]


def test_what_is_skipped_already_joins_nothing() -> None:
    rows = join_rules([wanted("a", state="skipped", reason="muted by Ada"), wanted("b")])

    assert [(row["state"], row["reason"]) for row in rows] == [("skipped", "muted by Ada"), ("pending", "")]


def test_so_many_rules_that_their_names_do_not_fit_are_counted() -> None:
    rows = join_rules([wanted("x" * 100) for _ in range(5)])

    assert rows[0]["rule_name"] == f"{'x' * 100}, {'x' * 100} and 3 more"
