"""Why a card did not arrive, in words for the people it was for: no status codes, exception names or ids.

What the other side answered stays as it is in the delivery, the attempts and the log of the service.
"""

from __future__ import annotations

import re
from typing import Final

from models.languages.translate import for_later, marked
from models.tables.deliveries import QUOTA

GONE: Final = marked("the space removed Pipenotify or does not let it post")
WEBHOOK_GONE: Final = marked("the webhook was removed in its space")
REFUSED: Final = marked("Google refused it")
UNABLE: Final = marked("Pipenotify cannot send there")
SILENT: Final = marked("Google did not answer")
ON_ANOTHER_CARD: Final = marked("the card of another rule shows it")
NEWER_SHOWN: Final = marked("a newer change is shown already")
OURS: Final = marked("something went wrong in Pipenotify; it is noted")
FOR_PEOPLE: Final = marked("it goes to people whom the record names, each by themselves")
_BY_STATUS: Final = {
    400: marked("Google refused this card"),
    401: marked("Google did not accept how Pipenotify signs in"),
    403: GONE,
    404: marked("the space, or its webhook, is not there any more"),
    408: SILENT,
    409: marked("Google was busy with this message"),
    410: marked("the space, or its webhook, is not there any more"),
    413: marked("the card was too long for Google"),
    429: marked("Google asked Pipenotify to wait"),
}
_OTHER_TEXTS: Final = {
    QUOTA: marked("all cards of this month are used; it leaves when there is room again"),
    "the worker died over it three times": marked("Pipenotify stopped three times while it sent this"),
    "folded into a summary card": marked("part of a summary card"),
}
_STATUS: Final = re.compile(r"(?:HTTP )?([1-5]\d\d)(?=[ :.,]|$)")
_NETWORK: Final = re.compile(
    r"\b\w*(?:Connect|Connection|Timeout|Network|Protocol|Read|Write|Pool|SSL|Proxy|gai)\w*(?:Error|Timeout|Exception|error)?\b"
    r"(?::|$)|\[Errno \d+\]"
)
_EXCEPTION: Final = re.compile(r"^[A-Za-z_][\w.]*(?:Error|Exception|Exit|Interrupt|Warning)(?::|$)")
_INCOMPLETE: Final = re.compile(r"no channel for \w+")
_NAME: Final = re.compile(r"\b(?:spaces|users|messages|client)[/-][\w.-]+(?:/[\w.-]+)*")
_PAUSED: Final = marked("the destination is paused")


def plain_reason(stored: str) -> str:
    """Return a stored reason in plain words; one that is plain already comes back as it is."""
    reason = stored.strip()
    if reason.startswith(f"{_PAUSED}: "):
        why = plain_reason(reason.removeprefix(f"{_PAUSED}: "))
        return for_later("the destination is paused: {why}", why=why) if why else _PAUSED
    return _known_reason(reason) or _NAME.sub("the space", _OTHER_TEXTS.get(reason, reason))


def _known_reason(reason: str) -> str:
    """Return the words for a status or an exception, empty for anything else."""
    if "webhook was removed" in reason:
        return WEBHOOK_GONE
    if status := _STATUS.match(reason):
        code = int(status[1])
        return _BY_STATUS.get(code, SILENT if code >= 500 else REFUSED)
    if _NETWORK.search(reason):
        return SILENT
    is_exception = _EXCEPTION.match(reason) is not None
    return OURS if is_exception else UNABLE if _INCOMPLETE.fullmatch(reason) else ""
