"""What many events come to: counts with their verbs, rounded sums, one name."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from bot.text.changes import _STORIES
from bot.text.totals import group_text, span_text, sums_text, total_text
from models.deliveries.burst import FoldedGroup
from models.pipedrive.names import Name, Names
from models.pipedrive.types import EVENT_TYPES, MAIN_VERBS
from tests.engine import NOON

ADA = Names({("user", "7"): Name("Ada Lovelace")})


def group(kind: str, count: int, **columns: Any) -> FoldedGroup:
    usual: dict[str, Any] = {"is_bulk": False, "who_ids": {"7", "8"}}
    return FoldedGroup(kind, count=count, **(usual | columns))


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (group("deal.won", 3, sums={"EUR": 45_000.0}), "3 won, €45,000"),
        (group("deal.won", 1, sums={"EUR": 99.4}, who_ids={"7"}), "1 won, €99, by Ada Lovelace"),
        (group("deal.stage_changed", 12), "12 moved"),
        (
            group("deal.created", 103, sums={"EUR": 12_500_000.0}, who_ids={"7"}, is_bulk=True),
            "103 new, €12.5M, imported by Ada Lovelace",
        ),
        (group("deal.updated", 4, is_bulk=True, who_ids={"7"}), "4 changed, by Ada Lovelace"),
        (group("deal.updated", 4, is_bulk=True), "4 changed, in bulk"),
        (group("lead.created", 2, sums={"USD": 5.0}), "2 new leads, $5"),
        (group("person.created", 2), "2 new people"),
        (group("activity.done", 1), "1 activity done"),
        (group("activity.done", 2), "2 activities done"),
        (group("deal.won", 2, is_redacted=True, sums={}), "2 that not everybody may see"),
        (group("nonsense", 2), "2 events"),
        (group("", 1), "1 event"),
    ],
)
def test_a_group_says_how_many_how_much_and_who(made: FoldedGroup, text: str) -> None:
    assert group_text(made, ADA) == text


@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_every_event_type_has_words(kind: str) -> None:
    text = group_text(group(kind, 2), ADA)
    assert "_" not in text
    assert "." not in text


def test_a_name_that_is_not_known_is_left_out() -> None:
    assert group_text(group("deal.won", 1, who_ids={"9"}), ADA) == "1 won"
    assert group_text(group("deal.won", 1, who_ids={None}), ADA) == "1 won"


@pytest.mark.parametrize(
    ("sums", "text"),
    [
        ({}, ""),
        ({"EUR": 5.0, "USD": 7.0}, "$7 + €5"),
        ({"EUR": 4.0, "USD": 3.0, "CZK": 2.0, "JPY": 1.0}, "€4 + $3 + CZK\xa02 + other currencies"),
        ({"": 1_234.0}, "1,234"),
        ({"XBT": 2_500_000.0}, "2.5M XBT"),
    ],
)
def test_currencies_are_never_added_up(sums: dict[str, float], text: str) -> None:
    assert sums_text(sums) == text


@pytest.mark.parametrize(
    ("amount", "text"),
    [(0.0, "€0"), (45_000.49, "€45,000"), (999_999.0, "€999,999"), (1_000_000.0, "€1M"), (-5.0, "-€5")],
)
def test_sums_are_rounded_and_large_ones_short(amount: float, text: str) -> None:
    assert total_text(amount, "EUR") == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "In 1 second"),
        (40, "In 40 seconds"),
        (600, "In 10 minutes"),
        (7_200, "From Nov 20, 2026, 1:00\u202fPM to Nov 20, 2026, 3:00\u202fPM"),
    ],
)
def test_the_time_between_is_said_in_the_zone_of_the_team(seconds: int, text: str) -> None:
    assert span_text(NOON, NOON + timedelta(seconds=seconds), "Europe/Prague") == text


def test_the_main_type_is_the_one_that_a_line_tells() -> None:
    assert tuple(_STORIES) == MAIN_VERBS
