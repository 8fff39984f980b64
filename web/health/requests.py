"""Counts requests, by the rule of their address: a path may hold a secret.

Flask knows the rule. What `web.front` answers before Flask (a body that is too large, too much at once, a
stranger at the address of Chat) has none. Answers to Pipedrive's webhooks are not counted here; they have
counters of their own (`web.health.metrics`).
"""

from __future__ import annotations

import time
from typing import Final

from flask import Flask, Response, g, request
from prometheus_client import Counter, Histogram

from web.health.metrics import COUNTERS

UNKNOWN: Final = (
    "unknown"  # no rule fits, or none was looked for: what strangers ask for makes no further series
)

REQUESTS: Final = Counter(
    "http_requests", "Requests, by their answer", ["method", "route", "status"], registry=COUNTERS
)
ERRORS: Final = Counter("http_errors", "Requests that were answered by 500 or more", registry=COUNTERS)
SECONDS: Final = Histogram("http_request_seconds", "How long the answer took", ["route"], registry=COUNTERS)


def count_requests(app: Flask) -> None:
    """Count what an app answers. It notes when a request began in `g.started` (`time.monotonic`)."""

    @app.after_request
    def _count(response: Response) -> Response:
        method = request.method if request.url_rule else UNKNOWN
        route = str(request.url_rule or UNKNOWN)
        _count_answer(method, route, response.status_code)
        if (started := g.get("started")) is not None:
            SECONDS.labels(route).observe(time.monotonic() - started)
        return response


def count_unrouted(status: int) -> None:
    """Count a request that was answered without a look for its rule."""
    _count_answer(UNKNOWN, UNKNOWN, status)


def _count_answer(method: str, route: str, status: int) -> None:
    REQUESTS.labels(method, route, str(status)).inc()
    if status >= 500:
        ERRORS.inc()
