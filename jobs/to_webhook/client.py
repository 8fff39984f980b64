"""Calls outgoing webhooks: signed as Standard Webhooks has it, to the addresses that were checked.

See https://www.standardwebhooks.com. No redirect is followed, no proxy is asked, no answer is read beyond
its status; all of a call ends within `TIMEOUT_S`.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from typing import Final
from urllib.parse import urlsplit

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult

from jobs.to_webhook.addresses import Address, is_allowed, resolve
from models.destinations.outside import OutgoingWebhook
from models.errors import AppError, DestinationGone, PermanentFailure, TemporaryFailure
from models.languages.translate import for_later
from models.settings import Settings

TIMEOUT_S: Final = 15.0
GONE: Final = 410
MOST_BYTES: Final = 256 * 1024


class WebhookClient:
    """Posts to the servers of customers, from any thread."""

    def __init__(self, settings: Settings) -> None:
        self._allowed = settings.webhook_allowed_ranges

    def post(self, webhook: OutgoingWebhook, content: bytes, headers: dict[str, str]) -> None:
        """Post one body; return when the receiver has taken it (2xx).

        Raises DestinationGone for 410, PermanentFailure for an address that may not be reached and a body
        that is too long, TemporaryFailure for everything else. None of them contains the URL.
        """
        if len(content) > MOST_BYTES:
            raise PermanentFailure(for_later("the message is too long for a webhook"))
        parts = urlsplit(webhook.url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
        addresses = resolve(str(parts.hostname), port, self._allowed)
        if parts.scheme != "https" and not all(is_allowed(each, self._allowed) for each in addresses):
            raise PermanentFailure(for_later("webhooks go by https only"))
        try:
            status = asyncio.run(_post(webhook.url, addresses, content, headers))
        except (aiohttp.ClientError, OSError, ValueError) as broken:  # a TimeoutError is an OSError
            what = type(broken).__name__
            raise TemporaryFailure(for_later("the receiver did not answer ({what})", what=what)) from None
        if not 200 <= status < 300:
            raise _refusal(status)


def _refusal(status: int) -> AppError:
    if status == GONE:
        return DestinationGone(for_later("the receiver wants no more webhooks (410)"), http_status=status)
    return TemporaryFailure(for_later("the receiver answered {status}", status=status), http_status=status)


async def _post(url: str, addresses: Sequence[Address], content: bytes, headers: dict[str, str]) -> int:
    """Post and return the status, within the time of one call."""
    connector = aiohttp.TCPConnector(resolver=_Pinned(addresses), force_close=True)
    async with (
        asyncio.timeout(TIMEOUT_S),
        aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=False
        ) as session,
        session.post(url, data=content, headers=headers, allow_redirects=False) as reply,
    ):
        return reply.status


class _Pinned(AbstractResolver):
    """Answers every name with the addresses that were looked up and checked before."""

    def __init__(self, addresses: Sequence[Address]) -> None:
        self._addresses = addresses

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_INET,  # noqa: ARG002 - aiohttp's signature
    ) -> list[ResolveResult]:
        return [
            ResolveResult(
                hostname=host,
                host=str(each),
                port=port,
                family=socket.AF_INET if each.version == 4 else socket.AF_INET6,
                proto=0,
                flags=socket.AI_NUMERICHOST,
            )
            for each in self._addresses
        ]

    async def close(self) -> None:
        """Nothing is open."""
