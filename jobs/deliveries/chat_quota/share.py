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


class QuotaShare:
    """Writes taken from the shared quota and not used yet; they lapse after `KEEP`."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._share = max(1, per_minute // SHARES_OF_A_MINUTE)
        self._left = 0
        self._until: datetime | None = None

    def take(self, session: Session, most: int, at: datetime) -> int:
        """Take up to `most` writes; return how many Google allows now."""
        kept = self.take_kept(most, at)
        if kept or not most:
            return kept
        # What was used beyond the share is paid first.
        self._left += project.take(session, self._per_minute, self._share, at)
        self._until = at + KEEP
        return self.take_kept(most, at)

    def take_kept(self, most: int, at: datetime) -> int:
        """Take up to `most` writes of those that are kept here; return how many."""
        if self._until is None or at > self._until:
            self._left = 0
        granted = max(0, min(most, self._left))
        self._left -= granted
        return granted

    def give_back(self, unused: int) -> None:
        """Give back what was taken and not needed."""
        self._left += unused
