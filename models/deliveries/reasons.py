"""Why a card did not arrive, in words for the people it was for: no status codes, exception names or ids.

What the other side answered stays as it is in the delivery, the attempts and the log of the service.
"""

from __future__ import annotations

import re
from typing import Final

GONE: Final = "the space removed Pipenotify or does not let it post"
WEBHOOK_GONE: Final = "the webhook was removed in its space"
SILENT: Final = "Google did not answer"
ON_ANOTHER_CARD: Final = "the card of another rule shows it"
OURS: Final = "something went wrong in Pipenotify; it is noted"
_BY_STATUS: Final = {
    400: "Google refused this card",
    401: "Google did not accept how Pipenotify signs in",
    403: GONE,
    404: "the space, or its webhook, is not there any more",
    408: SILENT,
    409: "Google was busy with this message",
    410: "the space, or its webhook, is not there any more",
    413: "the card was too long for Google",
    429: "Google asked Pipenotify to wait",
}
_OTHER_TEXTS: Final = {
    "the worker died over it three times": "Pipenotify stopped three times while it sent this",
    "folded into a summary card": "part of a summary card",
}
_STATUS: Final = re.compile(r"(?:HTTP )?([1-5]\d\d)(?=[ :.,]|$)")
_NETWORK: Final = re.compile(
    r"\b\w*(?:Connect|Connection|Timeout|Network|Protocol|Read|Write|Pool|SSL|Proxy|gai)\w*(?:Error|Timeout|Exception|error)?\b"
    r"(?::|$)|\[Errno \d+\]"
)
_EXCEPTION: Final = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning)(?::|$)")
_INCOMPLETE: Final = re.compile(r"no channel for \w+")
_NAME: Final = re.compile(r"\b(?:spaces|users|messages|client)[/-][\w.-]+(?:/[\w.-]+)*")
_PAUSED: Final = "the destination is paused"


def plain_reason(stored: str) -> str:
    """Return a stored reason in plain words; one that is plain already comes back as it is."""
    reason = stored.strip()
    if reason.startswith(f"{_PAUSED}: "):
        why = plain_reason(reason.removeprefix(f"{_PAUSED}: "))
        return f"{_PAUSED}: {why}" if why else _PAUSED
    return _known_reason(reason) or _NAME.sub("the space", _OTHER_TEXTS.get(reason, reason))


def _known_reason(reason: str) -> str:
    """Return the words for a status or an exception, empty for anything else."""
    if "webhook was removed" in reason:
        return WEBHOOK_GONE
    if status := _STATUS.match(reason):
        code = int(status[1])
        return _BY_STATUS.get(code, SILENT if code >= 500 else "Google refused it")
    if _NETWORK.search(reason):
        return SILENT
    is_exception = _EXCEPTION.match(reason) is not None
    return OURS if is_exception else "Pipenotify cannot send there" if _INCOMPLETE.fullmatch(reason) else ""
