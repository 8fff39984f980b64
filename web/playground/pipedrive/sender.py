"""Sends webhook bodies to their subscribers as Pipedrive does: ten seconds, four tries, and the ban."""

import heapq
import itertools
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from threading import Condition, Thread
from typing import Any

import httpx

from web.playground.pipedrive.clock import Clock
from web.playground.pipedrive.webhooks import Webhook
from web.playground.ticker import Ticker

ANSWER_WITHIN_S = 10.0
RETRY_AFTER_S = (3.0, 30.0, 150.0)
FAILURES_TO_BAN = 10
BAN_S = 30 * 60.0
KEPT_SENT = 20


@dataclass(frozen=True, slots=True)
class Sent:
    """One try; `status` 0 means that there was no response."""

    webhook_id: int
    event: str
    object_id: str
    event_id: str
    attempt: int
    status: int
    at: float
    company_id: int = 0

    def resource(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(order=True, slots=True)
class _Due:
    at: float
    number: int
    webhook: Webhook = field(compare=False)
    body: Mapping[str, Any] = field(compare=False)
    attempt: int = field(compare=False, default=1)


class PipedriveSender:
    """Sends from threads of its own; `time_scale` 0.001 turns three seconds into three milliseconds.

    `after_failure` is called after every try that failed.
    """

    def __init__(
        self, ticker: Ticker, clock: Clock | None = None, time_scale: float = 1.0, workers: int = 8
    ) -> None:
        self._ticker = ticker
        self._clock = clock or Clock()
        self._clock.listeners.append(self._wake)
        self.after_failure: Callable[[], None] | None = None
        self.time_scale = time_scale
        self.sent: list[Sent] = []
        self._due: list[_Due] = []
        self._numbers = itertools.count()
        self._open = 0
        self._trying: list[_Due] = []
        self._stopped = False
        self._changed = Condition()
        agent = {"User-Agent": "Pipedrive Webhooks"}
        self._http = httpx.Client(timeout=ANSWER_WITHIN_S, headers=agent, trust_env=False)
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="webhooks")
        self._thread = Thread(target=self._run, daemon=True, name="webhook-clock")

    def start(self) -> None:
        self._thread.start()

    def close(self) -> None:
        with self._changed:
            self._stopped = True
            self._changed.notify_all()
        if self._thread.is_alive():
            self._thread.join()
        self._pool.shutdown(wait=True, cancel_futures=True)
        self._http.close()

    def send(self, webhook: Webhook, body: Mapping[str, Any]) -> None:
        """Queue this body for the subscriber; while it is banned, the event is lost."""
        if self._clock.now() < webhook.banned_until:
            webhook.lost += 1
            return
        self._plan(_Due(self._clock.now(), next(self._numbers), webhook, body))

    def send_later(self, webhook: Webhook, body: Mapping[str, Any], *, attempt: int, at: float) -> None:
        """Queue a try that an earlier run still had to make."""
        with self._changed:
            self._open += attempt > 1  # `_plan` counts first tries alone
        self._plan(_Due(at, next(self._numbers), webhook, body, attempt))

    def unsent(self) -> list[_Due]:
        """The tries that are due or under way: what a restart has to make again."""
        with self._changed:
            return sorted([*self._trying, *self._due])

    def last_sent(self) -> list[Sent]:
        return self.sent[-KEPT_SENT:]

    def settle(self, timeout: float = 10.0) -> bool:
        """Wait until the queue is empty; False if that takes longer."""
        with self._changed:
            return self._changed.wait_for(lambda: self._open == 0, timeout)

    def rest(self, timeout: float = 10.0) -> bool:
        """Wait until nothing is due now; what is due later waits for the clock."""
        with self._changed:
            return self._changed.wait_for(self._rests, timeout)

    def _rests(self) -> bool:
        return not self._trying and not (self._due and self._due[0].at <= self._clock.now())

    def _wake(self) -> None:
        with self._changed:
            self._changed.notify_all()

    def _plan(self, due: _Due) -> None:
        with self._changed:
            self._open += due.attempt == 1
            heapq.heappush(self._due, due)
            self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                wait = self._due[0].at - self._clock.now() if self._due else None
                if self._stopped:
                    return
                if wait is None or wait > 0:
                    self._changed.wait(wait)
                    continue
                due = heapq.heappop(self._due)
                self._trying.append(due)
            self._pool.submit(self._try, due)

    def _try(self, due: _Due) -> None:
        due_again = due.webhook.remove_reason is None and self._fails(due)
        if due_again and due.attempt <= len(RETRY_AFTER_S):
            later = self._clock.now() + RETRY_AFTER_S[due.attempt - 1] * self.time_scale
            self._plan(_Due(later, due.number, due.webhook, due.body, due.attempt + 1))
            done = 0
        else:
            done = 1
        if due.webhook.failing and self.after_failure:
            self.after_failure()
        with self._changed:
            self._open -= done
            self._trying.remove(due)
            self._changed.notify_all()

    def _fails(self, due: _Due) -> bool:
        """Try once, and record the result."""
        status = self._post(due)
        meta, webhook, now = due.body["meta"], due.webhook, self._clock.now()
        event = f"{meta['action']}.{meta['entity']}"
        sent = Sent(webhook.id, event, meta["entity_id"], meta["id"], due.attempt, status, now)
        self.sent.append(replace(sent, company_id=int(meta["company_id"])))
        self._ticker.tick()
        webhook.last_status, webhook.last_delivery = status, self._clock.exact()
        webhook.failing = not 200 <= status < 300
        if webhook.failing:
            self._count_failure(due)
        else:
            webhook.good_at = now
        return webhook.failing

    def _post(self, due: _Due) -> int:
        body = {**due.body, "meta": due.body["meta"] | {"attempt": due.attempt}}
        user = due.webhook.user
        secret = httpx.BasicAuth(user, due.webhook.password or "") if user else httpx.USE_CLIENT_DEFAULT
        try:
            return self._http.post(due.webhook.url, json=body, auth=secret).status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            return 0

    def _count_failure(self, due: _Due) -> None:
        if due.attempt > 1:
            return
        with self._changed:
            due.webhook.failures += 1
            if due.webhook.failures >= FAILURES_TO_BAN:
                due.webhook.failures = 0
                due.webhook.banned_until = self._clock.now() + BAN_S * self.time_scale
