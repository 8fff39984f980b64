"""Reads which object of a tenant's Pipedrive an address leads to."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import urlsplit

from models.pipedrive.entity import ENTITIES

UNFOLDED: Final = ("deal", "lead", "person", "organization")
_ID: Final = r"([0-9A-Za-z-]{1,64})"
_PATHS: Final = {
    key: re.compile(re.escape(ENTITIES[key].link).replace(re.escape("{id}"), _ID) + r"(?:/.*)?")
    for key in UNFOLDED
}


def object_in_url(url: str, link_base: str) -> tuple[str, str] | None:
    """Return the entity and the id, None for an address elsewhere; `link_base` is the tenant's Pipedrive."""
    try:
        asked, ours = urlsplit(url.strip()), urlsplit(link_base)
    except ValueError:
        return None
    if not ours.hostname or asked.scheme not in {"http", "https"} or asked.hostname != ours.hostname:
        return None
    found = ((key, path.fullmatch(asked.path.rstrip("/"))) for key, path in _PATHS.items())
    return next(((key, match[1]) for key, match in found if match), None)
