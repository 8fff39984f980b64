"""How often REST may be called, by tenant and by address: counted in Redis, here while that is away."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Final

import structlog
from limits import RateLimitItem, RateLimitItemPerMinute
from limits.storage import MemoryStorage, RedisStorage
from limits.strategies import MovingWindowRateLimiter
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

GENERAL: Final = RateLimitItemPerMinute(100, 1, namespace="pipenotify/general")
ANALYTICS: Final = RateLimitItemPerMinute(50, 1, namespace="pipenotify/analytics")
UNKNOWN: Final = RateLimitItemPerMinute(100, 15, namespace="pipenotify/unknown")
STRICT: Final = RateLimitItemPerMinute(10, 5, namespace="pipenotify/strict")
ANSWER_S: Final = 0.25  # a Redis that takes longer counts as away
REST_S: Final = 5.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class LimitState:
    """What is left of a limit; `reset_at` is in seconds of the epoch. `is_over`: this call was too much."""

    limit: int
    remaining: int
    reset_at: int
    is_over: bool = False

    def retry_after(self) -> int:
        """Return for how many seconds to wait, at least one."""
        return max(1, self.reset_at - int(time.time()))


class RateLimits:
    """Counts calls in moving windows. All web processes share what Redis counts."""

    def __init__(self, redis_url: str) -> None:
        options = {"socket_timeout": ANSWER_S, "socket_connect_timeout": ANSWER_S}
        shared = RedisStorage(redis_url, **options, retry=Retry(NoBackoff(), 0))  # type: ignore[arg-type]  # it is handed to redis.from_url
        self._shared = MovingWindowRateLimiter(shared)
        self._own = MovingWindowRateLimiter(MemoryStorage())
        self._rests_until = 0.0

    def count(self, limit: RateLimitItem, who: str) -> LimitState:
        """Count one call and return what is left."""
        return self._ask(limit, who, counts=True)

    def look(self, limit: RateLimitItem, who: str) -> LimitState:
        """Return what is left, and count nothing."""
        return self._ask(limit, who, counts=False)

    def _ask(self, limit: RateLimitItem, who: str, *, counts: bool) -> LimitState:
        if time.monotonic() >= self._rests_until:
            try:
                return _window(self._shared, limit, who, counts=counts)
            except (RedisError, OSError) as away:
                self._rests_until = time.monotonic() + REST_S
                log.warning("limits.redis_away", why=type(away).__name__)
        return _window(self._own, limit, who, counts=counts)


def _window(limiter: MovingWindowRateLimiter, limit: RateLimitItem, who: str, *, counts: bool) -> LimitState:
    is_over = counts and not limiter.hit(limit, who)
    stats = limiter.get_window_stats(limit, who)
    remaining = 0 if is_over else max(0, stats.remaining)
    return LimitState(limit.amount, remaining, int(stats.reset_time) + 1, is_over)
