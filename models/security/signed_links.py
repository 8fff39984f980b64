"""Signed links: whoever has one may do the one thing that it is for, without signing in."""

from __future__ import annotations

import hmac
import re
from typing import Final

UNSUBSCRIBE: Final = "unsubscribe"
_FORM: Final = re.compile(r"([0-9a-f]{32})\.([0-9a-f]{64})")


def sign(key: bytes, purpose: str, uid: str) -> str:
    """Return the part of a link that names `uid` (32 hexadecimal digits) and proves that we made it."""
    return f"{uid}.{_mark(key, purpose, uid)}"


def read_signed(key: bytes, purpose: str, token: str) -> str | None:
    """Return the `uid` of a link of ours for that purpose, None for anything else."""
    form = _FORM.fullmatch(token)
    if form is None or not hmac.compare_digest(form[2], _mark(key, purpose, form[1])):
        return None
    return form[1]


def _mark(key: bytes, purpose: str, uid: str) -> str:
    return hmac.digest(key, f"link:{purpose}:{uid}".encode(), "sha256").hex()
