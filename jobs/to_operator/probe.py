"""Asks the service's own public address whether it is ready, by the road of a visitor: DNS, TLS, proxies."""

from __future__ import annotations

import time
from collections.abc import Callable

import httpx

from jobs.to_operator.request import request
from models.operating.alerts.probes import Probe
from models.operating.alerts.rules import PROBE_TIMEOUT_S
from models.settings import Settings


class SelfProbe:
    """Asks BASE_URL, which the operator chose, and no other address: a redirect is not followed."""

    def __init__(self, settings: Settings, clock: Callable[[], float] = time.monotonic) -> None:
        self._url = f"{settings.base_url}/health/ready"
        self._clock = clock

    def ask(self) -> Probe:
        """Ask once, on a new connection. Anything but 200 is a failure; what is answered is not read."""
        began = self._clock()
        try:
            reply = request("GET", self._url, PROBE_TIMEOUT_S)
            problem = "" if reply.status == 200 else f"HTTP {reply.status}"
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as broken:
            problem = type(broken).__name__
        return Probe(self._clock() - began, problem)
