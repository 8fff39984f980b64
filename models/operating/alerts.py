"""What operators are alerted of, and which alerts they have: each is sent once, with a "better again"."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from models.database.upsert import insert_into
from models.deliveries import lanes
from models.events.store import oldest_new
from models.operating import state
from models.tables.connections import ConnectionState
from models.tables.deliveries import AttemptOutcome
from models.tables.upkeep import InstallationValue

WINDOW: Final = timedelta(minutes=5)
LEAST_ATTEMPTS: Final = 10  # no more say nothing about a rate
MOST_FAILED: Final = 0.1
LATE: Final = timedelta(minutes=5)
LATE_NO_MORE: Final = timedelta(minutes=1)
MOST_NAMED: Final = 5
_PREFIX: Final = "alert "
_FAILED: Final = (AttemptOutcome.RETRY, AttemptOutcome.REFUSED, AttemptOutcome.LOST)


class AlertCode(StrEnum):
    """What an operator is alerted of."""

    ERROR_RATE = "error_rate"
    LATE = "late"
    CONNECTION = "connection"
    DISK = "disk"
    SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True)
class Alert:
    """What is the matter, in words; or, with `is_over`, that it is better again."""

    code: AlertCode
    words: str
    is_over: bool = False


BETTER: Final = {
    AlertCode.ERROR_RATE: "Cards arrive again.",
    AlertCode.LATE: "Nothing waits for long any more.",
    AlertCode.CONNECTION: "Every company is connected again.",
    AlertCode.DISK: "There is room on the disk again.",
    AlertCode.SYNTHETIC: "The synthetic event arrived again.",
}


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
        while self._seen[0][0] < at - WINDOW and self._seen[1][0] <= at - WINDOW:
            self._seen.popleft()
        _, total_before, failed_before = self._seen[0]
        total, failed = self._seen[-1][1] - total_before, failed - failed_before
        if total <= LEAST_ATTEMPTS or failed <= total * MOST_FAILED:
            return "" if self._seen[0][0] <= at - WINDOW else None
        return f"{failed:,.0f} of {total:,.0f} attempts to send failed within five minutes."


def find_late(session: Session, at: datetime, *, is_known: bool) -> str:
    """Return how long the oldest thing that is due waits, if that is too long; empty otherwise."""
    due = [each for each in (oldest_new(session), lanes.oldest_due(session)) if each is not None]
    age = at - min(due, default=at)
    if age <= (LATE_NO_MORE if is_known else LATE):
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


def known_alerts(session: Session) -> set[AlertCode]:
    """Return what the operator was alerted of and is not over."""
    query = select(InstallationValue.name).where(InstallationValue.name.like(f"{_PREFIX}%"))
    names = [name.removeprefix(_PREFIX) for name in session.scalars(query)]
    return {AlertCode(name) for name in names if name in set(AlertCode)}


def changes(found: Mapping[AlertCode, str | None], known: set[AlertCode]) -> Sequence[Alert]:
    """Return what to say: what is new, and what is over; of None neither is known."""
    new = [Alert(code, words) for code, words in found.items() if words and code not in known]
    over = [Alert(code, BETTER[code], is_over=True) for code in known if found.get(code) == ""]
    return [*new, *sorted(over, key=lambda alert: alert.code)]


def note_sent(session: Session, alert: Alert, at: datetime) -> None:
    """Note that the operator has an alert, or knows that it is over."""
    name = f"{_PREFIX}{alert.code}"
    if alert.is_over:
        session.execute(delete(InstallationValue).where(InstallationValue.name == name))
        return
    row = insert_into(session, InstallationValue).values(name=name, value=at.isoformat())
    session.connection().execute(row.on_conflict_do_nothing())
