"""Posting through a proxy: it gets the whole address, and the same request."""

from __future__ import annotations

import time

import pytest

from jobs.to_chat.kept_connections import Reply
from jobs.to_chat.through_proxy import ThroughProxy
from tests.jobs.loops import run_alone
from tests.jobs.to_chat.scripted_server import OK, ScriptedServer, scripted
from tests.jobs.to_servers.dripping import BODY, HEADERS, LIMIT_S, MOST_S, dripping


def test_a_proxy_gets_the_whole_address_and_passes_the_answer_on() -> None:
    async def run() -> tuple[Reply, ScriptedServer]:
        async with scripted(OK) as proxy:
            client = ThroughProxy("http://chat.invalid", proxy.url, None, 10.0)
            reply = await client.post("/v1/spaces/A%20B/messages?x=%2F", {"Authorization": "Bearer a"}, b"{}")
            await client.close()
            return reply, proxy

    (status, _, body), proxy = run_alone(run())
    assert (status, body) == (200, b"{}")
    first, *lines = proxy.requests[0].decode().partition("\r\n\r\n")[0].split("\r\n")
    assert first == "POST http://chat.invalid/v1/spaces/A%20B/messages?x=%2F HTTP/1.1"
    assert {"Authorization: Bearer a", "content-type: application/json"} <= set(lines)


@pytest.mark.parametrize("beginning", [HEADERS, BODY])
def test_who_drips_is_cut_off_in_time(beginning: bytes) -> None:
    async def run(proxy: str) -> None:
        client = ThroughProxy("http://chat.invalid", proxy, None, LIMIT_S)
        with pytest.raises(TimeoutError):
            await client.post("/v1/spaces/A/messages", {}, b"{}")
        await client.close()

    with dripping(beginning) as proxy:
        began = time.monotonic()
        run_alone(run(proxy))
        assert time.monotonic() - began < MOST_S
