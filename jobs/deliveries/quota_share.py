"""What this process may still write to Chat: taken from the project's budget a little ahead.

To ask the budget for every card would cost each a statement or two.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from models.deliveries import project_quota

SHARES_OF_A_MINUTE: Final = 600  # a process holds a tenth of a second of the project's quota at most
KEEP: Final = timedelta(seconds=2)


class QuotaShare:
    """Writes granted by the shared budget and not used yet. What is kept too long lapses: it was for then."""

    def __init__(self, per_minute: int) -> None:
        self._per_minute = per_minute
        self._share = max(1, per_minute // SHARES_OF_A_MINUTE)
        self._left = 0
        self._until: datetime | None = None

    def take(self, session: Session, wanted: int, at: datetime) -> int:
        """Return how many of the wanted writes Google allows now; they are taken."""
        if self._until is None or at > self._until:
            self._left = 0
        if self._left == 0:
            self._left = project_quota.spend(session, self._per_minute, self._share, at)
            self._until = at + KEEP
        granted = min(wanted, self._left)
        self._left -= granted
        return granted

    def keep(self, unused: int) -> None:
        """Take back what was granted and not needed."""
        self._left += unused
