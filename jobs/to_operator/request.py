"""One request to a server that the operator named, limited in time from its beginning to its end."""

from __future__ import annotations

from collections.abc import Mapping

import httpx

from jobs.to_servers.http import HttpClient, ServerReply


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
    seconds, else as `HttpClient.send`, and httpx.InvalidURL.
    """
    with HttpClient(keeps_connections=False) as client:
        asked = client.build_request(method, url, content=content, headers=headers)
        try:
            return client.send(asked, within_s, most_bytes)
        except httpx.TimeoutException:
            raise TimeoutError(f"it took longer than {within_s:g} seconds") from None
