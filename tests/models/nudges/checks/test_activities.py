"""Checks on the activities of a deal, case by case."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from models.nudges.checks.activities import no_next_activity, overdue_activity
from models.nudges.facts import OpenActivity
from tests.models.nudges.facts_of import AT, CALL, facts

DAY = timedelta(days=1)
LATE = OpenActivity("6", "Send offer", AT - 3 * DAY)
LATER = OpenActivity("7", "Visit", AT - 5 * DAY)
TODAY = OpenActivity("8", "Call back", AT - timedelta(hours=2))
SOME_DAY = OpenActivity("9", "Think", None)


@pytest.mark.parametrize(
    ("activities", "found"),
    [
        ((LATE, CALL), ("6", 3)),
        ((LATE, LATER), ("7", 5)),  # the one that is late longest
        ((TODAY,), None),
        ((CALL, SOME_DAY), None),
        ((), None),
        (None, None),
    ],
)
def test_an_activity_is_overdue_a_day_after_its_time(activities: Any, found: tuple[str, int] | None) -> None:
    finding = overdue_activity(facts(activities=activities))
    assert (finding and (finding.activity_id, finding.days)) == found


@pytest.mark.parametrize(
    ("activities", "named", "done", "is_found"),
    [
        ((), None, (), True),
        ((CALL,), None, (), False),
        ((LATE,), None, (), False),  # overdue, but planned
        (None, None, (), False),  # the lists were not read yet
        ((), 55, (), False),  # the deal names one that we have not heard of
        ((), 55, ("55",), True),  # the one it names is done
    ],
)
def test_nothing_is_planned_where_no_activity_is_open(
    activities: Any, named: int | None, done: tuple[str, ...], *, is_found: bool
) -> None:
    finding = no_next_activity(
        facts({"next_activity_id": named}, activities=activities, done_ids=frozenset(done))
    )
    assert (finding is not None) is is_found
