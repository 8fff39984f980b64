"""Posts an alert as JSON to a server that the operator named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx
import orjson

from models.errors import PermanentFailure, TemporaryFailure
from models.security.certificates import trusted

TIMEOUT_S: Final = 10.0
AWAY: Final = (408, 429)


def post_json(url: str, body: Mapping[str, Any]) -> None:
    """Post an object; what is answered is not read, and a redirect is not followed.

    Raises TemporaryFailure without an answer and for 408, 429 and 5xx, PermanentFailure for any other
    refusal. Neither contains the URL, which may be a secret.
    """
    headers = {"content-type": "application/json; charset=utf-8"}
    try:
        with (
            httpx.Client(timeout=TIMEOUT_S, trust_env=False, verify=trusted()) as client,
            client.stream("POST", url, content=orjson.dumps(body), headers=headers) as reply,
        ):
            status = reply.status_code
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as broken:
        raise TemporaryFailure(type(broken).__name__) from None
    if status >= 500 or status in AWAY:
        raise TemporaryFailure(f"HTTP {status}", http_status=status)
    if not 200 <= status < 300:
        raise PermanentFailure(f"HTTP {status}", http_status=status)
