"""Which log lines are wanted: by time, service, level and what they are about."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

LEVELS: Final = ("debug", "info", "warning", "error", "critical")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
_AGO: Final = re.compile(rf"([0-9]{{1,6}})([{''.join(_UNITS)}])")


@dataclass(frozen=True, slots=True)
class Selection:
    """What a line has to be; what is None or empty is not asked for.

    `since` counts in, `until` does not. `level` is the least. `fields` are values of a line by their keys, as
    text: `{"tenant_id": "7"}`.
    """

    since: datetime | None = None
    until: datetime | None = None
    service: str | None = None
    level: str | None = None
    fields: Mapping[str, str] | None = None

    def has(self, line: Mapping[str, Any]) -> bool:
        """Tell whether a line is wanted. One without a time is in no span of time."""
        return self._is_in_time(line) and self._is_about(line)

    def _is_in_time(self, line: Mapping[str, Any]) -> bool:
        if self.since is None and self.until is None:
            return True
        at = _time_of(line)
        if at is None:
            return False
        return (self.since is None or at >= self.since) and (self.until is None or at < self.until)

    def _is_about(self, line: Mapping[str, Any]) -> bool:
        if self.service is not None and line.get("service") != self.service:
            return False
        if self.level is not None and _rank(line.get("level")) < _rank(self.level):
            return False
        return all(str(line.get(key)) == value for key, value in (self.fields or {}).items())


def read_line(text: str) -> dict[str, Any] | None:
    """Return a log line as an object, None for anything else, such as what an interpreter says as it dies."""
    try:
        line = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return line if isinstance(line, dict) else None


def read_moment(text: str, at: datetime) -> datetime:
    """Read `90s`, `15m`, `1h`, `2d` (so long before `at`), or a time in ISO 8601, without a zone in UTC.

    Raises ValueError with what may be written.
    """
    if ago := _AGO.fullmatch(text):
        return at - timedelta(seconds=int(ago[1]) * _UNITS[ago[2]])
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is neither like 90s, 15m, 1h, 2d nor like 2026-11-30T08:00") from None
    return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)


def _time_of(line: Mapping[str, Any]) -> datetime | None:
    try:
        at = datetime.fromisoformat(str(line.get("timestamp")))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _rank(level: object) -> int:
    return LEVELS.index(level) if isinstance(level, str) and level in LEVELS else 0
