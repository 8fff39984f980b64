"""This process's share of the project's quota of writes to Chat, taken a little ahead.

To ask the shared quota for every card would cost each a statement or two.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from models.database.engine import Session
from models.deliveries.chat_quota import project

SHARES_OF_A_MINUTE: Final = 600  # a process keeps a tenth of a second of the project's quota at most
KEEP: Final = timedelta(seconds=2)
MOST_WAIT: Final = timedelta(seconds=5)  # then a process without quota asks again, whatever it was told


class QuotaShare:
    """Writes taken from the shared quota and not used yet; they lapse after `KEEP`.

    Where the shared quota has none left, it is not asked again before it has a share.
    """

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._share = max(1, per_minute // SHARES_OF_A_MINUTE)
        self._left = 0
        self._until: datetime | None = None
        self._back_at: datetime | None = None

    def take(self, session: Session, most: int, at: datetime, *, waits: bool = True) -> int:
        """Take up to `most` writes; return how many Google allows now. For `waits` see `project.take`."""
        kept = self.take_kept(most, at)
        if kept or not most or self.back_at(at) is not None:
            return kept
        taken = project.take(session, self._per_minute, self._share, at, waits=waits)
        self._left += taken.granted  # what was used beyond the share is paid first
        self._until = at + KEEP
        self._back_at = None if taken.back_at is None else min(taken.back_at, at + MOST_WAIT)
        return self.take_kept(most, at)

    def take_kept(self, most: int, at: datetime) -> int:
        """Take up to `most` writes of those that are kept here; return how many."""
        if self._until is None or at > self._until:
            self._left = 0
        granted = max(0, min(most, self._left))
        self._left -= granted
        return granted

    def back_at(self, at: datetime) -> datetime | None:
        """Return when the shared quota may be asked again; None if now, or if writes are kept here."""
        has_kept = self._left > 0 and self._until is not None and at <= self._until
        if has_kept or self._back_at is None:
            return None
        is_to_come = at < self._back_at <= at + MOST_WAIT  # else it is over, or the clock went back
        return self._back_at if is_to_come else None

    def give_back(self, unused: int) -> None:
        """Give back what was taken and not needed."""
        self._left += unused
