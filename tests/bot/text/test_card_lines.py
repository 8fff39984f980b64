"""What was changed, and what is around an object."""

from typing import Any

import pytest

from bot.text.card_lines import change_lines, context_line
from bot.text.changes import touched
from bot.text.headline import headline
from models.pipedrive.names import NO_NAMES
from tests.changes import NAMES, told

AROUND = "Acme Ltd · Grace · Sales"
OLD = {"stage_change_time": "2026-10-28T14:00:00Z"}
UNDATED = {"expected_close_date": None}
UNNAMED = {"org_id": None, "pipeline_id": None}


@pytest.mark.parametrize(
    ("previous", "now", "lines"),
    [
        ({"stage_id": 1}, {}, ["Qualified → Negotiation"]),
        ({"value": 48_500}, {"value": 61_200}, ["€48,500 → €61,200 (+€12,700, +26\xa0%)"]),
        ({"value": 61_200}, {"value": 48_500}, ["€61,200 → €48,500 (\u2212€12,700, \u221221\xa0%)"]),
        ({"value": 0}, {"value": 5}, ["€0 → €5 (+€5)"]),
        ({"value": 100}, {"value": 100_000}, ["€100 → €100,000 (+€99,900)"]),
        ({"owner_id": 8}, {}, ["Owner: Ben → Ada"]),
        ({"status": "open"}, {"status": "won"}, []),
        (
            {"title": "Old", "owner_id": 8, "value": 10_000, "stage_id": 1},
            {},
            [
                "Qualified → Negotiation",
                "€10,000 → €12,500 (+€2,500, +25\xa0%)",
                "Owner: Ben → Ada",
                "and 1 more change",
            ],
        ),
    ],
)  # fmt: skip
def test_the_most_important_change_comes_first(
    previous: dict[str, Any], now: dict[str, Any], lines: list[str]
) -> None:
    change = told(previous=previous, **now)

    assert change_lines(change, touched(change, NAMES), most=3) == lines


def test_a_change_between_unknown_names_has_no_line() -> None:
    change = told(previous={"stage_id": 1, "owner_id": 8})

    assert change_lines(change, touched(change, NO_NAMES), most=3) == []


@pytest.mark.parametrize(
    ("entity", "now", "line"),
    [
        ("deal", {"status": "open"}, "Acme Ltd · Grace · Sales · Negotiation · closes Dec 31 · Owner: Ada"),
        ("deal", {"status": "won"}, "Acme Ltd · Grace · Sales · Negotiation · Owner: Ada"),
        ("deal", {**OLD, **UNDATED}, f"{AROUND} · Negotiation · 23 days in stage · Owner: Ada"),
        ("deal", {**UNNAMED, "person_id": 99, "owner_id": 8}, "Negotiation · closes Dec 31"),
        ("lead", {"title": "L", "origin": "ManuallyCreated"}, ""),
    ],
)  # fmt: skip
def test_the_context_is_what_is_known_and_nothing_else(entity: str, now: dict[str, Any], line: str) -> None:
    change = told(entity, previous={"title": "x"}, **now)

    assert context_line(change, NAMES, headline(change, NAMES), touched(change, NAMES)) == line
