"""A request ends in time, whatever its server does; its body is read as far as it was asked for."""

from __future__ import annotations

import time

import httpx
import pytest

from jobs.to_operator.request import request
from tests.jobs.to_servers.dripping import BODY, CHUNK_SIZE, HEADERS, LIMIT_S, MOST_S, dripping


@pytest.mark.parametrize("beginning", [b"", HEADERS, BODY, CHUNK_SIZE])
def test_who_drips_is_cut_off_in_time(beginning: bytes) -> None:
    with dripping(beginning) as url:
        began = time.monotonic()
        with pytest.raises(TimeoutError, match=r"longer than 0\.3 seconds"):
            request("GET", url, LIMIT_S, most_bytes=1000)
        assert time.monotonic() - began < MOST_S


def test_a_body_that_nobody_asked_for_is_not_waited_for() -> None:
    with dripping(BODY) as url:
        began = time.monotonic()
        reply = request("GET", url, MOST_S)
        assert (reply.status, reply.body) == (200, b"")
        assert time.monotonic() - began < MOST_S


def test_a_body_that_is_too_long_is_refused() -> None:
    with dripping(BODY) as url, pytest.raises(httpx.ReadError, match="too long"):
        request("GET", url, MOST_S, most_bytes=3)
