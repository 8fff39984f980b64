"""A client of Pipedrive whose requests are answered by a function of the test, and are recorded."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.calls import Account
from jobs.to_pipedrive.http import PipedriveWire
from jobs.to_pipedrive.rate_limit import BurstLimiter
from tests.clock import Clock

Asked = list[httpx.Request]


@contextmanager
def talking(
    handle: Callable[[httpx.Request], Any], account: Account | None = None
) -> Iterator[tuple[PipedriveApi, Asked]]:
    """The client and its requests; `handle` returns an object, or a whole response.

    Waits for the burst limit take no time.
    """
    asked: Asked = []
    clock = Clock()

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        said = handle(request)
        return said if isinstance(said, httpx.Response) else httpx.Response(200, json=said)

    def sleep(seconds: float) -> None:
        clock.at += seconds

    wire = PipedriveWire(httpx.MockTransport(answer), BurstLimiter(clock, sleep))
    try:
        yield PipedriveApi("https://acme.pipedrive.com/", "secret", wire, account=account), asked
    finally:
        wire.close()
