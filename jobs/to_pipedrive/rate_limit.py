"""Pipedrive's burst limit, enforced on our side: how many calls a token may make in a short window.

A token of an OAuth app has 80 calls in any two seconds on the smallest plan; the headers of each response
state its real limit (https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting). A client that ignores
429 is blocked by Pipedrive's gateway, so we wait before that.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final

from jobs.to_pipedrive.errors import CallsPaused, seconds

WINDOW_S: Final = 2.0
FEWEST_A_WINDOW: Final = 80
LONGEST_HOLD_S: Final = 10.0  # a longer one is no burst: ApiMeter then blocks the tenant in all processes
TOO_MANY: Final = 429
POLL_S: Final = 0.05
MANY_TOKENS: Final = 1000


@dataclass(slots=True)
class _Window:
    """The calls of one token that still count: those in progress, and when the others ended."""

    limit: int = FEWEST_A_WINDOW
    under_way: int = 0
    ended: deque[float] = field(default_factory=deque)
    held_until: float = 0.0

    def forget(self, at: float) -> bool:
        """Drop calls that no longer count; return whether none are left."""
        while self.ended and self.ended[0] <= at - WINDOW_S:
            self.ended.popleft()
        return not self.under_way and not self.ended and self.held_until <= at

    def wait(self, at: float) -> float:
        """Return in how many seconds one more call is allowed; 0 for now."""
        if self.held_until > at:
            return self.held_until - at
        if self.under_way + len(self.ended) < self.limit:
            return 0.0
        return self.ended[0] + WINDOW_S - at if self.ended else POLL_S


@dataclass(slots=True)
class CallSlot:
    """One call: what its response says of the burst limit (0 if nothing)."""

    limit: int = 0
    hold_s: float = 0.0

    def heard(self, status: int, headers: Mapping[str, str]) -> None:
        """Read the limit, and how long the token must pause; the names of `headers` are in lower case."""
        self.limit = int(seconds(headers, "x-ratelimit-limit") or 0)
        if status == TOO_MANY or seconds(headers, "x-ratelimit-remaining") == 0.0:
            asked = seconds(headers, "retry-after", "x-ratelimit-reset") or WINDOW_S
            self.hold_s = asked if asked <= LONGEST_HOLD_S else 0.0


class BurstLimiter:
    """The windows of all tokens of a process, shared by its threads."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock = clock
        self._sleep = sleep
        self._windows: dict[str, _Window] = {}
        self._lock = threading.Lock()

    @contextmanager
    def call_slot(self, token: str, timeout_s: float) -> Iterator[CallSlot]:
        """Wait until this token may make a call, and count it. Raises CallsPaused after `timeout_s`."""
        deadline = self._clock() + timeout_s
        while wait := self._take_or_wait(token):
            if self._clock() + wait > deadline:
                raise CallsPaused("held back until Pipedrive takes more calls", retry_after=wait)
            self._sleep(wait)
        call_slot = CallSlot()
        try:
            yield call_slot
        finally:
            self._end(token, call_slot)

    def _end(self, token: str, call_slot: CallSlot) -> None:
        at = self._clock()
        with self._lock:
            window = self._windows[token]
            window.under_way -= 1
            window.ended.append(at)
            window.limit = call_slot.limit or window.limit
            window.held_until = max(window.held_until, at + call_slot.hold_s)

    def _take_or_wait(self, token: str) -> float:
        at = self._clock()
        with self._lock:
            if len(self._windows) > MANY_TOKENS:
                self._windows = {key: one for key, one in self._windows.items() if not one.forget(at)}
            window = self._windows.setdefault(token, _Window())
            window.forget(at)
            wait = window.wait(at)
            window.under_way += not wait
        return wait
