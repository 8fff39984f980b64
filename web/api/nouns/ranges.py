"""The ranges of time that lists and figures take: 1d, 7d, 30d, 90d."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from models.reports.figures import RANGES, days_ago
from web.api.errors import InvalidFields

RangeName = Literal["1d", "7d", "30d", "90d"]


def since_range(name: str | None, since: datetime | None = None) -> datetime | None:
    """Return the moment at which a range begins, or the one that was given. Raises InvalidFields for both."""
    if name is None:
        return since
    if since is not None:
        raise InvalidFields([("range", "does not go with since")])
    return begin_of(name)


def begin_of(name: str) -> datetime:
    """Return the moment at which a range begins."""
    return days_ago(RANGES[name])
