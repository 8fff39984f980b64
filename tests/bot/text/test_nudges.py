"""What a check found, in words."""

from __future__ import annotations

import pytest

from bot.text.nudges import field_text, line_text
from models.nudges.facts import NudgeFinding
from models.pipedrive.names import NO_NAMES, Name, Names

BUDGET = Names({("deal_field", "abc"): Name("Budget")})


@pytest.mark.parametrize(
    ("check", "finding", "text"),
    [
        ("no_value", NudgeFinding(), "It has no value"),
        ("close_date_past", NudgeFinding(1), "Its close date is past · 1 day"),
        ("stuck_in_stage", NudgeFinding(30), "It does not leave its stage · 30 days"),
        ("overdue_activity", NudgeFinding(2, "5", (), "Call"), "“Call” is overdue · 2 days"),
        (
            "missing_fields",
            NudgeFinding(fields=("value", "custom.abc")),
            "Its stage requires: Value and Budget",
        ),
    ],
)
def test_a_line_says_what_and_how_late(check: str, finding: NudgeFinding, text: str) -> None:
    assert line_text(check, finding, BUDGET) == text


def test_a_field_without_a_known_name_is_called_by_its_key() -> None:
    assert field_text("custom.x", NO_NAMES) == "custom.x"
    assert field_text("unknown", NO_NAMES) == "unknown"
