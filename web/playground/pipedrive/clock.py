"""The time at Pipedrive: the real one, moved as far as a test has moved it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Token lifetimes, webhook tries, bans and the daily budget all go by it; `listeners` hear of a move."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._stopped_at: float | None = None
        self.listeners: list[Callable[[], None]] = []

    def now(self) -> float:
        """Seconds since the epoch."""
        return (self._stopped_at or time.time()) + self.ahead

    def stop(self) -> None:
        """Stand still from now on, and go only where `forward` goes: a slow machine changes nothing then."""
        self._stopped_at = time.time()

    def forward(self, seconds: float) -> None:
        """Let that much time pass at once. Less than 0 goes back: a test may begin two hours ago."""
        self.ahead += seconds
        for listener in list(self.listeners):
            listener()

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    def text(self) -> str:
        """As most of Pipedrive writes it: `2026-11-21T10:00:00Z`."""
        return self.moment().isoformat(timespec="seconds").replace("+00:00", "Z")

    def exact(self) -> str:
        """With milliseconds, as leads and the meta of webhooks have it."""
        return self.moment().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def day(self) -> str:
        """The day of the token budget; it ends at midnight of UTC (Pipedrive does not name its zone)."""
        return self.moment().date().isoformat()
