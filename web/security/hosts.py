"""Allowed host names of the pages: under a foreign name our cookies could reach somebody else."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import request
from werkzeug.exceptions import BadRequest

from models.settings import Settings


def host_check(settings: Settings) -> Callable[[], None]:
    """Return a check of the present request's Host: that of BASE_URL, loopback, or in TRUSTED_HOSTS.

    It raises BadRequest for any other: a misconfigured proxy, or a foreign name that resolves to us.
    """
    ours = {urlsplit(settings.base_url).hostname, *(_hostname(each) for each in settings.trusted_hosts)}

    def check() -> None:
        name = _hostname(request.host)
        if name not in ours and not is_loopback(name):
            raise BadRequest("Nothing is served under this name. Open the address this service is known by.")

    return check


def is_loopback(name: str) -> bool:
    """Return whether a host name or address is this machine."""
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name == "localhost"


def _hostname(host: str) -> str:
    """Return the name without its port, in lower case; empty if it is no host."""
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""
