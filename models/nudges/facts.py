"""What the checks look at: the facts of one deal on one morning, and the limits that a team has set."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from models.pipedrive.names import Json


class Fix(StrEnum):
    """What mends a finding, so which button its line has."""

    CLOSE_DATE = "close_date"
    ACTIVITY = "activity"
    VALUE = "value"
    REASON = "reason"
    STAGE = "stage"
    CONTACT = "contact"
    DONE = "done"
    FIELDS = "fields"
    OWNER = "owner"


@dataclass(frozen=True, slots=True)
class NudgeLimits:
    """After how many days something counts as late.

    `stuck_days`: in one stage, where that has no time of its own in Pipedrive. A forecast is stale if the
    deal should close within `forecast_days` and nobody has changed it for `idle_days`.
    """

    stuck_days: int = 30
    forecast_days: int = 14
    idle_days: int = 10


@dataclass(frozen=True, slots=True)
class OpenActivity:
    """An activity of a deal that is not done; overdue from `due_at` on, None for one without a day."""

    id: str
    subject: str
    due_at: datetime | None
    permitted: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class DealFacts:
    """One deal as it is known at `at`; `today` is the day of whoever is asked.

    `activities` are those that are not done, None while Pipedrive's lists were not read to their end: then
    nobody can say that one is missing. `done_ids` are activities known to be done. `rotten_days` is the time
    that Pipedrive allows in its stage, None for none. `days_idle`: nobody has changed it for so long.
    `owner_is_active` is None while Pipedrive's users are not known. `required` are the fields that its stage
    needs.
    """

    id: str
    state: Mapping[str, Json]
    at: datetime
    today: date
    days_idle: int = 0
    is_open: bool = True
    activities: Sequence[OpenActivity] | None = ()
    done_ids: frozenset[str] = frozenset()
    rotten_days: int | None = None
    owner_is_active: bool | None = True
    required: Sequence[str] = ()
    permitted: frozenset[str] | None = None
    limits: NudgeLimits = field(default_factory=NudgeLimits)

    def day(self, key: str) -> date | None:
        """Return the day that a field holds, None for none and for what cannot be read."""
        try:
            return date.fromisoformat(str(self.state.get(key) or "")[:10])
        except ValueError:
            return None


@dataclass(frozen=True, slots=True)
class NudgeFinding:
    """What a check found: how many days late, where that is known, and of which activity or fields."""

    days: int = 0
    activity_id: str = ""
    fields: Sequence[str] = ()
    subject: str = ""


EMPTY: Final[tuple[Json, ...]] = (None, "", [], {})
