"""Signatures of webhooks as Standard Webhooks has them, made and checked (https://www.standardwebhooks.com)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final

SECRET_MARK: Final = "whsec_"  # noqa: S105 - how a secret begins
SECRET_BYTES: Final = range(24, 65)
TOLERANCE: Final = timedelta(minutes=5)  # of a timestamp, either way: what is older may be a replay
LONGEST: Final = 1000  # letters of a header
MOST_STAMP: Final = 12  # digits of a timestamp


def is_secret(text: str) -> bool:
    """Return whether a text is a secret: `whsec_` and 24 to 64 bytes in base64."""
    try:
        size = len(base64.b64decode(text.removeprefix(SECRET_MARK), validate=True))
    except (binascii.Error, ValueError):
        return False
    return text.startswith(SECRET_MARK) and size in SECRET_BYTES


def sign(secret: str, signed: bytes) -> str:
    """Return the signature of `ID.TIMESTAMP.BODY`."""
    key = base64.b64decode(secret.removeprefix(SECRET_MARK))
    return f"v1,{base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()}"


def is_signed(secrets: Sequence[str], headers: Mapping[str, str], body: bytes, at: datetime) -> bool:
    """Return whether a webhook is signed with one of these secrets, within minutes of `at`.

    The names of the `headers` are in small letters.
    """
    names = ("webhook-id", "webhook-timestamp", "webhook-signature")
    number, stamp, signatures = (headers.get(name, "") for name in names)
    if not number or max(len(number), len(signatures)) > LONGEST:
        return False
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= MOST_STAMP):
        return False
    if abs(at.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        return False
    signed = f"{number}.{stamp}.".encode() + body
    good = [sign(secret, signed).encode() for secret in secrets]
    given = [each.encode() for each in signatures.split()]
    return any(hmac.compare_digest(mine, each) for mine in good for each in given)
