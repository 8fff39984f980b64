"""One HTTP request, limited in time from its beginning to its end.

httpx limits the time of each read: a server that sends a byte now and then, also in its headers, holds up for
as long as it likes whoever waits for it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass

import httpx

from models.security.certificates import trusted


@dataclass(frozen=True, slots=True)
class ServerReply:
    """What a server answered. `body` is empty unless it was asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


def request(
    method: str,
    url: str,
    within_s: float,
    *,
    content: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    most_bytes: int = 0,
) -> ServerReply:
    """Make a request on a connection of its own; no redirect is followed, no proxy is asked.

    The body is read only with `most_bytes`. Raises TimeoutError if all of it takes longer than `within_s`
    seconds, httpx.HTTPError or OSError without an answer and for a longer body, httpx.InvalidURL. Only the
    look-up of a name may take longer: the system's resolver limits it.
    """

    async def make() -> ServerReply:
        async with (
            asyncio.timeout(within_s),
            httpx.AsyncClient(timeout=None, trust_env=False, verify=trusted()) as client,  # noqa: S113 - above
            client.stream(method, url, content=content, headers=headers) as reply,
        ):
            body = await _read(reply, most_bytes) if most_bytes else b""
            return ServerReply(reply.status_code, reply.headers, body)

    try:
        return asyncio.run(make())
    except TimeoutError:
        raise TimeoutError(f"it took longer than {within_s:g} seconds") from None


async def _read(reply: httpx.Response, most_bytes: int) -> bytes:
    body = b""
    async for chunk in reply.aiter_bytes():
        body += chunk
        if len(body) > most_bytes:
            raise httpx.ReadError("it is too long")
    return body
