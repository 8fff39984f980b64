"""Opaque secrets: 256 random bits for their holder, their SHA-256 for our database."""

from __future__ import annotations

import hashlib
import secrets

BYTES = 32


def new_secret() -> str:
    """Return 256 random bits as letters that are safe in URLs and cookies."""
    return secrets.token_urlsafe(BYTES)


def digest_of(secret: str) -> str:
    """Return the hash by which a secret is stored and found; for 256 random bits a plain hash is enough."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
