"""Posts an alert as JSON to a server that the operator named."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import httpx
import orjson

from jobs.to_operator.request import request
from models.errors import PermanentFailure, TemporaryFailure

TIMEOUT_S: Final = 10.0
AWAY: Final = (408, 429)


def post_json(url: str, body: Mapping[str, Any]) -> None:
    """Post an object; what is answered is not read, and a redirect is not followed.

    Raises TemporaryFailure without an answer and for 408, 429 and 5xx, PermanentFailure for any other
    refusal. Neither contains the URL, which may be a secret.
    """
    headers = {"content-type": "application/json; charset=utf-8"}
    try:
        status = request("POST", url, TIMEOUT_S, content=orjson.dumps(body), headers=headers).status
    except (httpx.HTTPError, httpx.InvalidURL, OSError) as broken:
        raise TemporaryFailure(type(broken).__name__) from None
    if status >= 500 or status in AWAY:
        raise TemporaryFailure(f"HTTP {status}", http_status=status)
    if not 200 <= status < 300:
        raise PermanentFailure(f"HTTP {status}", http_status=status)
