"""What our calls may cost a company, and when Pipedrive wants none of them: kept for all processes.

A company's daily token budget is shared with all its other apps, so of ours only a part is spent
(PIPEDRIVE_DAILY_TOKENS). A spent day and a burst look alike: 429. So one that comes again after the window of
a burst means the day, and is heeded for longer each time; so is the page of the guard in front.
https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from jobs.to_pipedrive.errors import CallsPaused, DailyQuotaUsed
from jobs.to_pipedrive.rate_limit import LONGEST_HOLD_S, WINDOW_S
from models.clock import now
from models.connections import api_usage
from models.connections.api_usage import Standing
from models.database.engine import Database
from models.errors import DatabaseUnavailable, RateLimited

STRIKES: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
AFTER_MIDNIGHT: Final = timedelta(minutes=5)

log = structlog.get_logger()


class ApiMeter:
    """Admits calls and books them, for the threads of a process; other processes see it in the record."""

    def __init__(
        self, database: Database, daily_tokens: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._database = database
        self._daily_tokens = daily_tokens
        self._clock = clock
        self._refused_at: dict[int, float] = {}
        self._lock = threading.Lock()

    def admit(self, tenant_id: int, cost: int, share: float | None) -> Standing:
        """Return how the tenant stands.

        Raises CallsPaused while Pipedrive wants no calls, and DailyQuotaUsed when this call would bring
        today's use over that share of our part (None: it goes whatever was used).
        """
        at = now()
        with self._database.reading(tenant_id) as session:
            found = api_usage.standing(session, tenant_id, at.date())
        if found.limited_until is not None and found.limited_until > at:
            wait = (found.limited_until - at).total_seconds()
            raise CallsPaused("Pipedrive wants no calls for now", retry_after=wait)
        if share is not None and found.spent + cost > self._daily_tokens * share:
            wait = (_midnight(at) - at).total_seconds()
            raise DailyQuotaUsed("our part of the daily budget is spent", retry_after=wait)
        return found

    def answered(self, tenant_id: int, cost: int, before: Standing) -> None:
        """Book a call that Pipedrive has taken; with it ends what limited the tenant."""
        with self._lock:
            self._refused_at.pop(tenant_id, None)
        self._record_use(tenant_id, cost, lifts=before.strikes > 0)

    def refused(self, tenant_id: int, cost: int, slow: RateLimited, before: Standing) -> None:
        """Book a call that was one too many, and hold all others where it is more than a burst.

        Raises CallsPaused with the time of that hold.
        """
        self._record_use(tenant_id, cost)
        if not self._is_more_than_a_burst(tenant_id, slow):
            return
        at, strikes = now(), before.strikes + 1
        until = at + _wait(at, strikes, slow.retry_after)
        with self._database.writing(tenant_id) as session:
            api_usage.limit(session, tenant_id, strikes, at, until)
        log.warning("pipedrive.limited", tenant_id=tenant_id, until=until.isoformat(), strikes=strikes)
        raise CallsPaused(str(slow), retry_after=(until - at).total_seconds()) from slow

    def _is_more_than_a_burst(self, tenant_id: int, slow: RateLimited) -> bool:
        if slow.http_status != 429 or (slow.retry_after or 0.0) > LONGEST_HOLD_S:
            return True
        at = self._clock()
        with self._lock:
            first = self._refused_at.setdefault(tenant_id, at)
        # Threads that were refused in the same window have learned the same thing.
        return at - first >= (slow.retry_after or WINDOW_S) / 2

    def _record_use(self, tenant_id: int, cost: int, *, lifts: bool = False) -> None:
        """Write it down. What Pipedrive has done must not look undone because our record is away."""
        try:
            with self._database.writing(tenant_id) as session:
                api_usage.spend(session, tenant_id, now().date(), cost)
                if lifts:
                    api_usage.lift_limit(session, tenant_id)
        except DatabaseUnavailable:
            log.warning("api_usage.not_recorded", tenant_id=tenant_id, tokens=cost)


def _wait(at: datetime, strikes: int, asked_s: float | None) -> timedelta:
    """Return for how long to hold: as asked, else longer with each strike, at last until the next day."""
    if asked_s is not None and asked_s > LONGEST_HOLD_S:
        return timedelta(seconds=asked_s)
    return STRIKES[strikes - 1] if strikes <= len(STRIKES) else _midnight(at) + AFTER_MIDNIGHT - at


def _midnight(at: datetime) -> datetime:
    """Return the end of a day in UTC; which zone Pipedrive counts in, it does not say."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
