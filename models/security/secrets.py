"""Opaque secrets: 256 random bits for whoever holds them, their SHA-256 for our record."""

from __future__ import annotations

import hashlib
import secrets

BYTES = 32


def new_secret() -> str:
    """Return 256 random bits in letters that pass a URL and a cookie as they are."""
    return secrets.token_urlsafe(BYTES)


def digest_of(secret: str) -> str:
    """Return how a secret is kept and found: with so many random bits, a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
