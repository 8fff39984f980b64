"""Which request an act belongs to, so that the audit trail names it without each use case passing it on."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, Final

REQUEST: Final = "request"  # the key in the details of an audit entry


@dataclass(frozen=True, slots=True)
class RequestOrigin:
    """A request to the web part: its id, and the address and name of the client, empty for acts in Chat."""

    request_id: str
    address: str = ""
    agent: str = ""


# Of this thread's request; a worker has none. Each request sets its own.
REQUEST_ORIGIN: Final[ContextVar[RequestOrigin | None]] = ContextVar("request_origin", default=None)


def request_details() -> dict[str, Any]:
    """Return what the details of an audit entry say of the present request; nothing outside of requests."""
    origin = REQUEST_ORIGIN.get()
    if origin is None:
        return {}
    known = {"id": origin.request_id, "address": origin.address, "agent": origin.agent[:255]}
    return {REQUEST: {name: text for name, text in known.items() if text}}
