"""The key ring: which AES keys decrypt secrets, and which one encrypts new ones."""

from __future__ import annotations

import base64
import binascii
import fcntl
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

KEY_BYTES = 32
FILE_NAME = "encryption-keys"


@dataclass(frozen=True, slots=True)
class KeyRing:
    """Keys by id, newest first. The first encrypts new secrets, all of them decrypt old ones."""

    keys: Mapping[str, bytes]

    @classmethod
    def parse(cls, text: str) -> KeyRing:
        """Parse `kid:base64key,kid:base64key`, newest first. Raises ValueError; its text omits the key."""
        keys: dict[str, bytes] = {}
        for entry in filter(None, (part.strip() for part in text.split(","))):
            kid, found, coded = entry.partition(":")
            if not found or not kid.isalnum() or kid in keys:
                msg = "every entry needs its own id of letters and digits before a colon"
                raise ValueError(msg)
            keys[kid] = _decoded(kid, coded)
        if not keys:
            msg = "no key at all"
            raise ValueError(msg)
        return cls(keys)

    @property
    def newest(self) -> tuple[str, bytes]:
        return next(iter(self.keys.items()))

    def fingerprints(self) -> list[str]:
        """Return what tells the keys apart and does not reveal them, newest first."""
        return [hmac.digest(key, b"pipenotify fingerprint", "sha256").hex() for key in self.keys.values()]

    def signing_key(self) -> bytes:
        """Derive the signing key of an installation without a SECRET_KEY."""
        return hmac.digest(list(self.keys.values())[-1], b"pipenotify signing", "sha256")


def _decoded(kid: str, coded: str) -> bytes:
    try:
        key = base64.b64decode(coded, validate=True)
    except binascii.Error as wrong:
        msg = f"key {kid} is not base64"
        raise ValueError(msg) from wrong
    if len(key) != KEY_BYTES:
        msg = f"key {kid} has {len(key)} bytes, it needs {KEY_BYTES}"
        raise ValueError(msg)
    return key


def generated_keys(data: Path) -> KeyRing:
    """Return the key ring stored under `data`; created at the first start by one process, mode 0600."""
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    file = os.open(data / FILE_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        kept = os.read(file, 4096).decode()
        if not kept:
            kept = f"{secrets.token_hex(4)}:{base64.b64encode(secrets.token_bytes(KEY_BYTES)).decode()}"
            os.write(file, kept.encode())
            os.fsync(file)
        return KeyRing.parse(kept)
    finally:
        os.close(file)
