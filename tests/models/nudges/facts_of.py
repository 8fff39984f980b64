"""The facts of a deal with nothing to mend, changed by what a test says."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from models.nudges.facts import DealFacts, OpenActivity

AT: Final = datetime(2026, 11, 30, 9, 0, tzinfo=UTC)  # a Monday
TODAY: Final = date(2026, 11, 30)
CALL: Final = OpenActivity("5", "Call Jana", AT + timedelta(days=1))
SOUND: Final[dict[str, Any]] = {
    "title": "Lamps",
    "status": "open",
    "value": 100,
    "owner_id": 7,
    "person_id": 3,
    "stage_id": 1,
    "expected_close_date": "2027-03-01",
    "add_time": "2026-11-20T08:00:00Z",
}


def facts(state: dict[str, Any] | None = None, **more: Any) -> DealFacts:
    """The facts of a sound deal; a value of None empties a field."""
    merged = {key: value for key, value in (SOUND | (state or {})).items() if value is not None}
    usual: dict[str, Any] = {"id": "1", "at": AT, "today": TODAY, "activities": (CALL,)}
    return DealFacts(state=merged, **usual | more)
