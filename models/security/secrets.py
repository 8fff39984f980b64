"""Opaque secrets: 256 random bits for their holder, their SHA-256 for our database."""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from typing import Final

BYTES: Final = 32
_FORM: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")


def new_secret() -> str:
    """Return 256 random bits as letters that are safe in URLs and cookies."""
    return secrets.token_urlsafe(BYTES)


def new_signing_secret() -> str:
    """Return 256 random bits as Standard Webhooks writes a secret: `whsec_` and base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(BYTES)).decode()}"


def digest_of(secret: str) -> str:
    """Return the hash by which a secret is stored and found; for 256 random bits a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()


def may_be_secret(text: str) -> bool:
    """Return whether a text has the form of a secret; nothing else is hashed, looked up or sent back."""
    return _FORM.fullmatch(text) is not None
