"""API quota: what our calls may cost a company, and Pipedrive's limits, shared by all processes.

A company's daily token budget is shared with all its other apps, so we spend only a part of it
(PIPEDRIVE_DAILY_TOKENS), and on reading that nobody waits for at most a tenth of what there is.
A spent day and a burst look alike: 429. So a 429 that comes again after a burst's window means the day, and
blocks calls for longer each time; so does the HTML page of Pipedrive's gateway.
https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

import structlog

from jobs.to_pipedrive.errors import CallsPaused, DailyQuotaUsed
from jobs.to_pipedrive.rate_limit import LONGEST_HOLD_S, WINDOW_S
from models.clock import monotonic, now
from models.connections import api_usage
from models.connections.api_usage import Standing
from models.connections.visibility import count_active_users
from models.database.engine import Database
from models.errors import DatabaseUnavailable, RateLimited

TOKENS_A_USER: Final = 30_000  # a day, in the smallest plan; larger plans have a multiple
BACKGROUND_SHARE: Final = 0.1  # of what a company has at least
STRIKES: Final = (timedelta(minutes=1), timedelta(minutes=5), timedelta(minutes=30))
AFTER_MIDNIGHT: Final = timedelta(minutes=5)

log = structlog.get_logger()


class ApiMeter:
    """Admits calls and records their cost, for all threads of a process; others see it in the database."""

    def __init__(self, database: Database, daily_tokens: int, clock: Callable[[], float] = monotonic) -> None:
        self._database = database
        self._daily_tokens = daily_tokens
        self._clock = clock
        self._refused_at: dict[int, float] = {}
        self._lock = threading.Lock()

    def admit(
        self, tenant_id: int, cost: int, share: float | None, *, is_background: bool = False
    ) -> Standing:
        """Return the tenant's state in the limits.

        Raises CallsPaused while Pipedrive limits our calls, and DailyQuotaUsed if this call would bring
        today's use over that share of our part (None: never). `is_background`: our part is also at most a
        tenth of what the company has for as many active users as it had when they were last read.
        """
        at = now()
        with self._database.reading(tenant_id) as session:
            found = api_usage.standing(session, tenant_id, at.date())
            seats = count_active_users(session, tenant_id) if is_background else 0
        if found.limited_until is not None and found.limited_until > at:
            wait = (found.limited_until - at).total_seconds()
            raise CallsPaused("Pipedrive wants no calls for now", retry_after=wait)
        ours = float(self._daily_tokens)
        if is_background:
            ours = min(ours, BACKGROUND_SHARE * TOKENS_A_USER * max(1, seats))
        if share is not None and found.spent + cost > ours * share:
            wait = (_midnight(at) - at).total_seconds()
            raise DailyQuotaUsed("our part of the daily budget is spent", retry_after=wait)
        return found

    def answered(self, tenant_id: int, cost: int, before: Standing) -> None:
        """Record a call that Pipedrive accepted; this also ends any limit of the tenant."""
        with self._lock:
            self._refused_at.pop(tenant_id, None)
        self._record_use(tenant_id, cost, lifts=before.strikes > 0)

    def refused(self, tenant_id: int, cost: int, slow: RateLimited, before: Standing) -> None:
        """Record a call that was limited, and block all others if it is more than a burst.

        Raises CallsPaused with the duration of the block.
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
        # Several threads refused in the same window are one refusal.
        return at - first >= (slow.retry_after or WINDOW_S) / 2

    def _record_use(self, tenant_id: int, cost: int, *, lifts: bool = False) -> None:
        """Record the cost. A call that Pipedrive has done must not fail because our database is down."""
        try:
            with self._database.writing(tenant_id) as session:
                api_usage.spend(session, tenant_id, now().date(), cost)
                if lifts:
                    api_usage.lift_limit(session, tenant_id)
        except DatabaseUnavailable:
            log.warning("api_usage.not_recorded", tenant_id=tenant_id, tokens=cost)


def _wait(at: datetime, strikes: int, asked_s: float | None) -> timedelta:
    """Return how long to block: as asked, else longer with each strike, at most until the next day."""
    if asked_s is not None and asked_s > LONGEST_HOLD_S:
        return timedelta(seconds=asked_s)
    return STRIKES[strikes - 1] if strikes <= len(STRIKES) else _midnight(at) + AFTER_MIDNIGHT - at


def _midnight(at: datetime) -> datetime:
    """Return the end of a day in UTC; Pipedrive does not document its time zone."""
    return at.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
