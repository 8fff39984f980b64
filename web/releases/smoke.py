"""Asks a release that was just started whether it is well: `python -m web smoke URL`.

It needs no settings and no database, so that it runs on any machine that reaches the address.
"""

from __future__ import annotations

import json
import re
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

import httpx

from jobs.to_operator.request import request
from models.errors import InvalidRequest

WITHIN_S: Final = 120.0
EVERY_S: Final = 2.0
ANSWER_WITHIN_S: Final = 10.0
MOST_BYTES: Final = 64 * 1024
AMISS: Final = re.compile(r"[\s@\\%]")  # in a host: no name and password, nothing that reads as another host
SHOWN: Final = 200  # letters of what the other side says
WELL: Final = {
    "/health/live": ("alive",),
    "/health/ready": ("ready",),
    "/health": ("healthy", "degraded"),  # degraded: a service of others is away, which no release mends
}


@dataclass(frozen=True, slots=True)
class HealthAnswer:
    """What one path answered. `is_final`: asking again changes nothing."""

    path: str
    is_well: bool
    message: str
    is_final: bool = False

    def __str__(self) -> str:
        return f"{'ok' if self.is_well else 'FAILED':<8} {self.path:<14} {self.message}"


def smoke(
    url: str, version: str | None = None, within_s: float = WITHIN_S, every_s: float = EVERY_S
) -> list[HealthAnswer]:
    """Ask the health paths of a web part until all are well; return the last answer of each.

    It gives up after `within_s` seconds, and at once where an answer is final. With `version`, /health has to
    name that one. Redirects are not followed. Raises InvalidRequest if `url` is no address of a web part.
    """
    origin, until = _origin(url), time.monotonic() + within_s
    while True:
        answers = [_ask(origin, path, version) for path in WELL]
        decided = all(each.is_well for each in answers) or any(each.is_final for each in answers)
        if decided or time.monotonic() + every_s > until:
            return answers
        time.sleep(every_s)


def _origin(url: str) -> str:
    """Return scheme, host and port of an address."""
    whole = ""
    with suppress(ValueError, httpx.InvalidURL):
        parts = urlsplit(url)
        is_host = (
            parts.hostname and parts.port != 0 and httpx.URL(url).host and not AMISS.search(parts.netloc)
        )
        if parts.scheme in {"http", "https"} and is_host:
            whole = f"{parts.scheme}://{parts.netloc}"
    if not whole or url.rstrip("/").lower() != whole.lower():
        raise InvalidRequest(
            f"{url[:SHOWN]!r} is no address of a web part: write scheme, host and port without a path, "
            "like https://pipenotify.example.com"
        )
    return whole


def _ask(origin: str, path: str, version: str | None) -> HealthAnswer:
    try:
        reply = request("GET", f"{origin}{path}", ANSWER_WITHIN_S, most_bytes=MOST_BYTES)
    except (httpx.HTTPError, OSError) as broken:
        return HealthAnswer(path, is_well=False, message=f"no answer: {_shown(broken)}")
    if httpx.codes.is_redirect(reply.status):
        target = reply.headers.get("Location", "")[:SHOWN]
        message = f"leads to {target!r}, which is not followed: name the address that answers itself"
        return HealthAnswer(path, is_well=False, message=message, is_final=True)
    return _judge(path, reply.status, _object(reply.body), version)


def _object(body: bytes) -> dict[str, Any]:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _judge(path: str, code: int, answer: dict[str, Any], version: str | None) -> HealthAnswer:
    status = answer.get("status")
    if code != httpx.codes.OK or status not in WELL[path]:
        about = f", {_shown(status)}" if status else ", and no state of Pipenotify"
        return HealthAnswer(path, is_well=False, message=f"{code}{about}{_troubled(answer)}")
    if path != "/health":
        return HealthAnswer(path, is_well=True, message=str(status))
    found = answer.get("version")
    if version is not None and found != version:
        message = f"version {_shown(found)} answers, not {version}"
        return HealthAnswer(path, is_well=False, message=message)
    return HealthAnswer(path, is_well=True, message=f"{status}, version {_shown(found)}{_troubled(answer)}")


def _troubled(answer: dict[str, Any]) -> str:
    """Return which parts are not healthy, by their names in /health."""
    parts = answer.get("services")
    named = parts.items() if isinstance(parts, dict) else ()
    states = [
        f"{_shown(name)} {_shown(each.get('status'))}"
        for name, each in named
        if isinstance(each, dict) and each.get("status") != "healthy"
    ]
    return f" ({', '.join(states)})"[:SHOWN] if states else ""


def _shown(value: Any) -> str:
    """Return a text of the other side for a terminal: printable, short."""
    text = str(value)
    return "".join(each if each.isprintable() else "?" for each in text)[:SHOWN]
