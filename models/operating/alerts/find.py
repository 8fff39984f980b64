"""Finds what operators are alerted of: in words, empty where all is well, None where neither is known."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.operating import state
from models.operating.alerts import rules
from models.operating.backlog import oldest_due
from models.reports.last_hour import read_last_hour
from models.tables.connections import ConnectionState
from models.tables.deliveries import AttemptOutcome

MOST_NAMED: Final = 5
_FAILED: Final = (AttemptOutcome.RETRY, AttemptOutcome.REFUSED, AttemptOutcome.LOST)


class ErrorRate:
    """The share of attempts that failed within the last five minutes, from sums that only grow."""

    def __init__(self) -> None:
        self._seen: deque[tuple[datetime, float, float]] = deque()

    def judge(self, attempts: Mapping[str, float], at: datetime) -> str | None:
        """Take in the sums as they are now; return what is the matter in words, empty when nothing is.

        None while it has not watched for long enough to say that nothing is: another worker, which watched
        before, may have seen what is going on. A 429 is no failure: the card waits as Chat asks.
        """
        failed = sum(attempts.get(outcome, 0.0) for outcome in _FAILED)
        self._seen.append((at, failed + attempts.get(AttemptOutcome.DELIVERED, 0.0), failed))
        since = at - rules.RATE_WINDOW
        while self._seen[0][0] < since and self._seen[1][0] <= since:
            self._seen.popleft()
        _, total_before, failed_before = self._seen[0]
        total, failed = self._seen[-1][1] - total_before, failed - failed_before
        if total <= rules.LEAST_ATTEMPTS or failed <= total * rules.MOST_FAILED_ATTEMPTS:
            return "" if self._seen[0][0] <= since else None
        return f"{failed:,.0f} of {total:,.0f} attempts to send failed within five minutes."


def find_failed_cards(measured: dict[str, dict[str, float]], at: datetime) -> str | None:
    """Return how many cards of the last hour failed for good, if that is too many; empty otherwise.

    None where no worker has counted them lately.
    """
    hour = read_last_hour(measured)
    if hour is None or at - hour.at > rules.FIGURE_HOLDS:
        return None
    if hour.total < rules.LEAST_CARDS or hour.failed <= hour.total * rules.MOST_FAILED_CARDS:
        return ""
    return f"{hour.failed:,} of the {hour.total:,} cards of the last hour failed for good."


def find_late(session: Session, at: datetime, *, is_known: bool) -> str:
    """Return how long the oldest thing that is due waits, if that is too long; empty otherwise."""
    age = at - (oldest_due(session) or at)
    if age <= (rules.LATE_NO_MORE if is_known else rules.LATE):
        return ""
    minutes = int(age.total_seconds() // 60)
    return f"The oldest event or card that is due has been waiting for {minutes:,} minutes."


def find_disconnected(session: Session) -> str:
    """Return which companies have to connect Pipedrive again, empty for none."""
    count = state.count_connections(session)[ConnectionState.NEEDS_REAUTH]
    if not count:
        return ""
    named = ", ".join(name for name, _ in state.connection_problems(session)[:MOST_NAMED])
    return f"Pipedrive has to be connected again by {count:,} of the companies, among them: {named}."
