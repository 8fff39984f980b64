"""Encrypted backup files: AES-256-GCM in chunks, so that a file of any size is never held in memory.

Each file has a key of its own, derived by HKDF from a key of ENCRYPTION_KEYS and a random salt. The nonce of
a chunk holds its number and whether it is the last one (STREAM, https://eprint.iacr.org/2015/189), and every
chunk authenticates the header. So a file that was cut short, reordered or mixed from two files is refused.

A file is `PNBACKUP`, the version of the format (1 byte), the length of the key id (2 bytes), the key id, the
salt (32 bytes), the first part of the nonces (7 bytes), and then the chunks, each with its tag.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from models.errors import InvalidRequest
from models.operating.backups.pieces import PIECE
from models.security.keys import KEY_BYTES, KeyRing

MAGIC: Final = b"PNBACKUP"
VERSION: Final = 1
CONTEXT: Final = b"pipenotify backup"
SALT_BYTES: Final = 32
PREFIX_BYTES: Final = 7
TAG_BYTES: Final = 16
_START: Final = struct.Struct(">8sBH")
_NONCE_END: Final = struct.Struct(">IB")


class EncryptedWriter:
    """Writes an encrypted file with the newest key. Without `finish` the file is not whole, and refused."""

    def __init__(self, out: BinaryIO, keys: KeyRing) -> None:
        kid, key = keys.newest
        named = kid.encode()
        random = secrets.token_bytes(SALT_BYTES + PREFIX_BYTES)
        header = _START.pack(MAGIC, VERSION, len(named)) + named + random
        self._out = out
        self._chunks = _Chunks(header, key)
        self._waiting = bytearray()
        self._number = 0
        out.write(header)

    def write(self, piece: bytes) -> None:
        """Write what follows. The end of it may stay in memory until more comes, less than two chunks."""
        self._waiting += piece
        while len(self._waiting) > PIECE:
            self._write_chunk(bytes(self._waiting[:PIECE]), is_last=False)
            del self._waiting[:PIECE]

    def finish(self) -> None:
        """Write the last chunk."""
        self._write_chunk(bytes(self._waiting), is_last=True)

    def _write_chunk(self, plain: bytes, *, is_last: bool) -> None:
        self._out.write(self._chunks.encrypt(plain, self._number, is_last=is_last))
        self._number += 1


class _Chunks:
    """Encrypts and decrypts the chunks of one file."""

    def __init__(self, header: bytes, key: bytes) -> None:
        random = header[-SALT_BYTES - PREFIX_BYTES :]
        derived = HKDF(SHA256(), KEY_BYTES, salt=random[:SALT_BYTES], info=CONTEXT).derive(key)
        self._cipher = AESGCM(derived)
        self._header = header
        self._prefix = random[SALT_BYTES:]

    def encrypt(self, plain: bytes, number: int, *, is_last: bool) -> bytes:
        return self._cipher.encrypt(self._nonce(number, is_last), plain, self._header)

    def decrypt(self, chunk: bytes, number: int, *, is_last: bool) -> bytes:
        return self._cipher.decrypt(self._nonce(number, is_last), chunk, self._header)

    def _nonce(self, number: int, is_last: bool) -> bytes:
        return self._prefix + _NONCE_END.pack(number, is_last)


@dataclass(frozen=True, slots=True)
class EncryptedFile:
    """An encrypted file that exists; `kid` is the id of the key that it needs."""

    path: Path
    kid: str
    _header: bytes

    @classmethod
    def recognise(cls, path: Path) -> EncryptedFile | None:
        """Return the encrypted file at a path, None for a plain one. Raises InvalidRequest, OSError."""
        with path.open("rb") as opened:
            start = opened.read(_START.size)
            if not start.startswith(MAGIC):
                return None
            if len(start) < _START.size:
                raise InvalidRequest(f"{path} was cut short: it ends in its header")
            _, version, length = _START.unpack(start)
            if version != VERSION:
                raise InvalidRequest(f"{path} is encrypted as a newer release does it (format {version})")
            rest = opened.read(length + SALT_BYTES + PREFIX_BYTES)
        if len(rest) < length + SALT_BYTES + PREFIX_BYTES:
            raise InvalidRequest(f"{path} was cut short: it ends in its header")
        return cls(path, rest[:length].decode(errors="replace"), start + rest)

    def decrypt(self, keys: KeyRing) -> Iterator[bytes]:
        """Yield the plain content; what was yielded counts only once all of it was.

        Raises InvalidRequest if its key is missing, and at the first chunk that is not what was written.
        """
        key = keys.keys.get(self.kid)
        if key is None:
            raise InvalidRequest(
                f"{self.path} is encrypted with the key {self.kid!r}, which is missing from ENCRYPTION_KEYS: "
                f"add it behind the present ones, as {self.kid}:base64key"
            )
        return self._decrypt_chunks(_Chunks(self._header, key))

    def _decrypt_chunks(self, chunks: _Chunks) -> Iterator[bytes]:
        with self.path.open("rb") as opened:
            opened.seek(len(self._header))
            number, chunk = 0, opened.read(PIECE + TAG_BYTES)
            while True:
                following = opened.read(PIECE + TAG_BYTES)
                try:
                    yield chunks.decrypt(chunk, number, is_last=not following)
                except InvalidTag as wrong:
                    raise InvalidRequest(
                        f"{self.path} cannot be decrypted with the key {self.kid!r}: the file was changed or "
                        "cut short, or ENCRYPTION_KEYS has another key of this id"
                    ) from wrong
                if not following:
                    return
                number, chunk = number + 1, following
