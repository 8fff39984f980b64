"""The story of a world: what happened when, and who did it; and what was wrong with it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, Final, NoReturn

import structlog

from models.errors import DatabaseUnavailable
from tests.simulation.scheduler import Scheduler

# What the engine logs when something happened that nobody foresaw.
UNFORESEEN: Final = ("unexpected", "failed", "unfinished", "not_closed", "not_given_back", "not_renewed")
WORTH_TELLING: Final = ("delivery.", "event.", "card_action.", "work.split", "lane.", "turn.")


class Story:
    """Lines of (virtual seconds, actor, what), kept as they are and written only when somebody reads them."""

    def __init__(self, scheduler: Scheduler, start: datetime) -> None:
        self._scheduler = scheduler
        self._start = start
        self._lines: list[tuple[float, str, str, tuple[Any, ...]]] = []
        self.violations: list[str] = []

    def tell(self, what: str, *values: Any, actor: str = "") -> None:
        """Add a line; `what` has a `%s` for each value."""
        self._lines.append((self._scheduler.at, actor or self._scheduler.process.name, what, values))

    def object(self, violation: str) -> None:
        """Note that a promise was broken."""
        self.violations.append(violation)
        self.tell("VIOLATION: %s", violation, actor="the oracle")

    def text(self) -> str:
        """Return the story as a table."""
        rows = []
        for at, actor, what, values in self._lines:
            clock = self._start + timedelta(seconds=at)
            rows.append(f"{clock:%d %H:%M:%S}.{clock.microsecond // 1000:03} {actor:<12} {what % values}")
        return "\n".join(rows)

    @contextmanager
    def heard(self) -> Iterator[None]:
        """Take what the engine logs into the story, for as long as the world runs."""
        before = structlog.get_config()
        structlog.configure(processors=[self._hear], cache_logger_on_first_use=False)
        try:
            yield
        finally:
            structlog.configure(**before)

    def _hear(self, _logger: Any, _method: str, entry: MutableMapping[str, Any]) -> NoReturn:
        name = str(entry.pop("event"))
        error = entry.pop("exc_info", None)
        error = sys.exc_info()[1] if error is True else error
        if name.startswith(WORTH_TELLING) or error:
            shown = {key: value for key, value in entry.items() if value not in (None, "")}
            self.tell("%s %s %s", name, shown, "" if error is None else repr(error))
        if name.endswith(UNFORESEEN) and not isinstance(error, DatabaseUnavailable):
            self.object(f"the engine logged {name}: {type(error).__name__}: {error}"[:300])
        raise structlog.DropEvent
