"""The one form of address an incoming webhook may have, so that we write to no other server."""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qsl

from models.errors import InvalidRequest
from models.languages.translate import marked, tr

LONGEST: Final = 2000
_FORM: Final = re.compile(
    r"https://chat\.googleapis\.com/v1/(spaces/[A-Za-z0-9_-]{1,200})/messages\?([A-Za-z0-9_.~%=&+-]+)"
)
ADDRESS_HINT: Final = marked(
    "an incoming webhook's address looks like"
    " https://chat.googleapis.com/v1/spaces/<id>/messages?key=..&token=.."
)


def lane_of(url: str) -> str:
    """Return `spaces/<id>`, the space an incoming webhook writes to.

    Raises InvalidRequest for anything but exactly that URL with its key and token. The message never
    contains the URL, because its token is a secret.
    """
    form = _FORM.fullmatch(url) if len(url) <= LONGEST else None
    if form is None or not _has_both_secrets(form[2]):
        raise InvalidRequest.of_field("incoming_webhook", tr(ADDRESS_HINT))
    return form[1]


def is_webhook_url(url: str) -> bool:
    """Return whether a URL is one of Chat's incoming webhooks."""
    try:
        return bool(lane_of(url))
    except InvalidRequest:
        return False


def _has_both_secrets(query: str) -> bool:
    given = parse_qsl(query, keep_blank_values=True)
    return sorted(name for name, _ in given) == ["key", "token"] and all(value for _, value in given)
