"""The same as `kept_connections`, where the environment names a proxy: aiohttp knows how to pass one."""

from __future__ import annotations

from collections.abc import Mapping
from ssl import SSLContext
from typing import Final

import aiohttp
from yarl import URL

from jobs.to_chat.kept_connections import IDLE_S, Reply

HEADERS: Final = {"content-type": "application/json", "user-agent": "pipenotify"}


class ThroughProxy:
    """A client of the server of `origin`, through a proxy.

    `timeout_s` is for connecting, and for each silence; twice that for all of a request.
    """

    def __init__(self, origin: str, proxy: str, tls: SSLContext | None, timeout_s: float) -> None:
        self._origin, self._proxy = origin, proxy
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_S, ssl=tls or True),
            timeout=aiohttp.ClientTimeout(total=2 * timeout_s, sock_connect=timeout_s, sock_read=timeout_s),
            headers=HEADERS,
            cookie_jar=aiohttp.DummyCookieJar(),
        )

    async def post(self, target: str, headers: Mapping[str, str], content: bytes) -> Reply:
        """As `KeptConnections.post`; raises aiohttp.ClientError as well."""
        url = URL(f"{self._origin}{target}", encoded=True)
        request = self._session.post(
            url, data=content, headers=headers, allow_redirects=False, proxy=self._proxy
        )
        async with request as reply:
            return reply.status, reply.headers, await reply.read()

    async def close(self) -> None:
        await self._session.close()
