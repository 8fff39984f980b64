"""Encryption at rest: AES-256-GCM with a random nonce, a key id, and the row bound in."""

from __future__ import annotations

import base64
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from models.errors import SecretUnreadable
from models.security.keys import KeyRing

NONCE_BYTES = 12


class Vault:
    """Encrypts and decrypts secrets.

    `associated_data` names row and column: a ciphertext moved elsewhere cannot be decrypted.
    """

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._ciphers = {kid: AESGCM(key) for kid, key in ring.keys.items()}

    def close(self, plain: str, associated_data: str) -> str:
        """Return `v1:kid:base64(nonce + ciphertext)`; encrypting a text twice gives different results."""
        kid, _ = self._ring.newest
        nonce = secrets.token_bytes(NONCE_BYTES)
        sealed = self._ciphers[kid].encrypt(nonce, plain.encode(), associated_data.encode())
        return f"v1:{kid}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, closed: str, associated_data: str) -> str:
        """Return the text. Raises SecretUnreadable for an unknown key, a changed text or another row."""
        version, kid, coded = (*closed.split(":", 2), "", "")[:3]
        cipher = self._ciphers.get(kid)
        if version != "v1" or cipher is None:
            raise SecretUnreadable(f"no key {kid!r} for {associated_data}")
        try:
            sealed = base64.b64decode(coded, validate=True)
            return cipher.decrypt(
                sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], associated_data.encode()
            ).decode()
        except (InvalidTag, ValueError) as wrong:
            raise SecretUnreadable(f"{associated_data} does not open with key {kid!r}") from wrong

    def is_closed_with_newest(self, closed: str) -> bool:
        """Return whether a stored secret needs no re-encryption after a rotation of keys."""
        return closed.startswith(f"v1:{self._ring.newest[0]}:")


def associated_data(tenant_id: int, table: str, column: str, row: str | int) -> str:
    """Return the associated data of a secret: where it is stored."""
    return f"{tenant_id}|{table}|{column}|{row}"
