"""Chat's write quotas: one a second in a space for all its writers, 3000 a minute in a project."""

import time
from collections.abc import Callable

from web.playground.google.errors import GoogleError


class Quota:
    """Counts accepted writes; None as a limit switches it off (facts: developers.google.com, chat/limits).

    `clock` returns seconds from any beginning.
    """

    def __init__(
        self,
        space_interval_s: float | None = 1.0,
        project_per_minute: int | None = 3000,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self.space_interval_s = space_interval_s
        self.project_per_minute = project_per_minute
        self._last: dict[str, float] = {}
        self._minute = 0
        self._in_minute = 0

    def spend(self, space: str) -> None:
        """Count one write; raises GoogleError 429 where Google would."""
        now = self._clock()
        self._spend_of_project(now)
        if self.space_interval_s:
            if now - self._last.get(space, -1e9) < self.space_interval_s:
                raise _exhausted("Write requests per second per space")
            self._last[space] = now

    def _spend_of_project(self, now: float) -> None:
        if self.project_per_minute is None:
            return
        if int(now // 60) != self._minute:
            self._minute, self._in_minute = int(now // 60), 0
        if self._in_minute >= self.project_per_minute:
            raise _exhausted("Message write requests per minute per project")
        self._in_minute += 1


def _exhausted(metric: str) -> GoogleError:
    return GoogleError(429, f"Quota exceeded for quota metric '{metric}' of service 'chat.googleapis.com'")
