"""Pipedrive's limits: requests in two seconds, and tokens a day.

Source: https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting. The body of a 429, and when the
gateway before the API blocks a token, are not published.
"""

from collections import deque
from dataclasses import dataclass, field

from web.playground.pipedrive.clock import Clock
from web.playground.wire import Answer, answer_json

WINDOW_S = 2.0
BARRED_S = 60.0
OVER_LIMIT = {"success": False, "error": "request over limit", "errorCode": 429}
GUARD = b"<!DOCTYPE html><html><head><title>Access denied</title></head><body>Error 1015</body></html>"


@dataclass(slots=True)
class _Use:
    recent: deque[float] = field(default_factory=deque)
    ignored: int = 0
    barred_until: float = 0.0


class BurstLimit:
    """`most` requests of a token in two seconds (None: any number).

    After `patience` refusals in a row the gateway answers this token with an HTML page for a minute.
    """

    def __init__(self, clock: Clock, most: int | None, patience: int = 20) -> None:
        self._clock = clock
        self.most = most
        self.patience = patience
        self._uses: dict[str, _Use] = {}

    def refuse(self, token: str) -> Answer | None:
        """Count this request; returns the refusal if it is one too many."""
        use, now = self._uses.setdefault(token, _Use()), self._clock.now()
        while use.recent and use.recent[0] <= now - WINDOW_S:
            use.recent.popleft()
        if now < use.barred_until:
            return Answer(403, GUARD, {"Content-Type": "text/html; charset=UTF-8"})
        if self.most is None or len(use.recent) < self.most:
            use.recent.append(now)
            use.ignored = 0
            return None
        use.ignored += 1
        if use.ignored >= self.patience:
            use.barred_until, use.ignored = now + BARRED_S, 0
        return answer_json(OVER_LIMIT, 429, self.headers(token))

    def headers(self, token: str) -> dict[str, str]:
        """The headers of every response about this limit; the reset is in seconds."""
        if self.most is None:
            return {}
        left = max(self.most - len(self._uses.setdefault(token, _Use()).recent), 0)
        return {
            "x-ratelimit-limit": str(self.most),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": str(int(WINDOW_S)),
        }


class DailyQuota:
    """The company's tokens of a day; `most` None means any number. `calls` are those paid for, with costs."""

    def __init__(self, clock: Clock, most: int | None = None) -> None:
        self._clock = clock
        self.most = most
        self.calls: list[tuple[str, str, int]] = []
        self._day = clock.day()
        self._spent = 0

    @property
    def spent(self) -> int:
        """Tokens spent today."""
        if self._day != self._clock.day():
            self._day, self._spent = self._clock.day(), 0
        return self._spent

    def pay(self, method: str, template: str, cost: int) -> bool:
        """Charge the cost of a call; False if too little is left."""
        if self.most is not None and self.spent + cost > self.most:
            return False
        self._spent = self.spent + cost
        self.calls.append((method, template, cost))
        return True
