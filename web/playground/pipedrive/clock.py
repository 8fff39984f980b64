"""The simulated Pipedrive's time: the real one, shifted as far as a test has shifted it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime


class Clock:
    """Token lifetimes, webhook tries, bans and the daily budget use it; `listeners` are called on a shift."""

    def __init__(self) -> None:
        self.ahead = 0.0
        self._stopped_at: float | None = None
        self.listeners: list[Callable[[], None]] = []

    def now(self) -> float:
        """Seconds since the epoch."""
        return (self._stopped_at or time.time()) + self.ahead

    def stop(self) -> None:
        """Stop the clock; only `forward` moves it then, so a slow machine makes no difference."""
        self._stopped_at = time.time()

    def forward(self, seconds: float) -> None:
        """Advance the time at once. A negative value goes back: a test may begin two hours ago."""
        self.ahead += seconds
        for listener in list(self.listeners):
            listener()

    def moment(self) -> datetime:
        return datetime.fromtimestamp(self.now(), UTC)

    def text(self) -> str:
        """The format of most times in Pipedrive: `2026-11-21T10:00:00Z`."""
        return self.moment().isoformat(timespec="seconds").replace("+00:00", "Z")

    def exact(self) -> str:
        """With milliseconds, as in leads and the meta of webhooks."""
        return self.moment().isoformat(timespec="milliseconds").replace("+00:00", "Z")

    def day(self) -> str:
        """The day of the token budget; it ends at midnight UTC (Pipedrive does not document its zone)."""
        return self.moment().date().isoformat()
