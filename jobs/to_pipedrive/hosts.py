"""The allowed hosts of a company's API."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from jobs.to_pipedrive.oauth import NotConnected

PIPEDRIVE_API: Final = "https://api.pipedrive.com"


def api_base(domain: str | None) -> str:
    """Return the https origin of a company's API. Raises NotConnected for a host that is not Pipedrive's.

    A token is sent there, so somebody who can write a connection must not be able to choose any host.
    """
    if not domain:
        return PIPEDRIVE_API
    try:
        parts = urlsplit(domain if "://" in domain else f"https://{domain}")
    except ValueError as odd:
        raise NotConnected("api_domain is no address") from odd
    host = parts.hostname or ""
    if parts.scheme != "https" or not host.endswith(".pipedrive.com") or parts.netloc != host:
        raise NotConnected("api_domain is not https://<company>.pipedrive.com")
    return f"https://{host}"
