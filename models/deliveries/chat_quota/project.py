"""The quota of writes to Chat that Google gives the whole project, shared by all workers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Update, bindparam, select, update
from sqlalchemy.orm import Session

from models.database.batch import DIALECTS
from models.database.direct import DirectStatement
from models.tables.deliveries import ProjectQuota

PROJECT: Final = "chat project"
MOST_SKEW: Final = timedelta(seconds=60)
ROUNDED: Final = timedelta(milliseconds=1)  # times are in whole microseconds: a moment earlier one is missing


@dataclass(frozen=True, slots=True)
class Taken:
    """How many writes the quota granted; if none, when it will grant all, unless another takes now."""

    granted: int
    back_at: datetime | None = None


def take(session: Session, per_minute: int, most: int, now: datetime, *, waits: bool = True) -> Taken:
    """Take up to `most` writes from the project's quota, as many as Google allows now.

    A bucket of a tenth of the minute's quota that refills with the rest never exceeds the quota in any
    60 seconds (developers.google.com/workspace/chat/limits). A transaction that has locked lanes `waits` for
    nobody here: others take quota first and wait for lanes then. It gets none while another takes.
    """
    size, per_second = max(1.0, per_minute / 10), per_minute * 0.9 / 60
    found = (_LOCK if waits else _LOCK_IF_FREE).rows(session, {})
    if not found and not waits:
        return Taken(0)
    tokens, counted_at = found[0] if found else _create_bucket(session, size, now)
    # Workers' clocks differ: time that one has counted must not be counted again by another.
    counted_at = counted_at if counted_at <= now + MOST_SKEW else now
    passed = max(0.0, (now - counted_at).total_seconds())
    left = min(size, tokens + passed * per_second)
    granted = min(most, int(left))
    counted_at = max(now, counted_at)
    _WRITE.rows(session, {"b_tokens": left - granted, "b_at": counted_at})
    if granted:
        return Taken(granted)
    missing = max(1.0, min(most, size)) - left
    return Taken(0, counted_at + timedelta(seconds=missing / per_second) + ROUNDED)


def _create_bucket(session: Session, tokens: float, now: datetime) -> tuple[float, datetime]:
    """Create the row. Of two workers at once, the second waits and finds the first one's."""
    _CREATE.rows(session, {"b_tokens": tokens, "b_at": now})
    ((found, counted_at),) = _LOCK.rows(session, {})
    return found, counted_at


_BUCKETS: Any = ProjectQuota.__table__
_MINE: Final = _BUCKETS.c.name == PROJECT
_READ: Final = select(_BUCKETS.c.tokens, _BUCKETS.c.counted_at).where(_MINE)
_LOCK: Final = DirectStatement(_READ.with_for_update())
_LOCK_IF_FREE: Final = DirectStatement(_READ.with_for_update(skip_locked=True))
_UPDATE: Final[Update] = update(_BUCKETS).where(_MINE)
_GIVEN: Final = {
    "tokens": bindparam("b_tokens"),
    "counted_at": bindparam("b_at", type_=_BUCKETS.c.counted_at.type),
}
_WRITE: Final = DirectStatement(_UPDATE.values(_GIVEN))
_CREATE: Final = DirectStatement(
    {
        name: dialect.insert(_BUCKETS).values(name=PROJECT, **_GIVEN).on_conflict_do_nothing()
        for name, dialect in DIALECTS.items()
    }
)
