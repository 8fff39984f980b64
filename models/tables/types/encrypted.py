"""Columns whose values are encrypted for teams that want that: what people outside the team are reached by.

Each value says of itself whether it is encrypted, so that rows of both kinds stand beside each other while a
team switches. Whatever is read of such a column is plain; `models.security.contents` decides what is written.
"""

from __future__ import annotations

import base64
import hmac
import json
import secrets
from collections.abc import Callable, Mapping
from functools import cache, lru_cache
from typing import Any, Final

import structlog
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import LargeBinary, Text, TypeDecorator, type_coerce
from sqlalchemy.engine import Dialect

from models.errors import SecretUnreadable
from models.tables.base import Json

PREFIX: Final = "encrypted:1:"  # of what is stored; then the key, the tenant, and what AES-256-GCM made
_PREFIX_BYTES: Final = PREFIX.encode()
SEARCH: Final = "search"  # in a column's info: the column by which its encrypted values are found
_NONCE_BYTES: Final = 12
_KEYS: Final[dict[str, bytes]] = {}  # all that this process was given, by their ids

log = structlog.get_logger()


class ContentKeys:
    """Encrypts contents of tenants with a key of an installation; all its keys decrypt them.

    `keys` are by id, newest first. Each tenant has a key of its own, derived from it.
    """

    def __init__(self, keys: Mapping[str, bytes]) -> None:
        self.ids = [_id_of(key) for key in keys.values()]  # in the same order
        _KEYS.update(zip(self.ids, keys.values(), strict=True))

    def encrypt(self, tenant_id: int, plain: bytes, key_id: str | None = None) -> str:
        """Return `encrypted:1:key:tenant:base64(nonce + ciphertext)`, another one each time."""
        key_id = key_id or self.ids[0]
        nonce = secrets.token_bytes(_NONCE_BYTES)
        sealed = _cipher(key_id, tenant_id).encrypt(nonce, plain, None)
        return f"{PREFIX}{key_id}:{tenant_id}:{base64.b64encode(nonce + sealed).decode()}"

    def search_key(self, tenant_id: int, text: str, key_id: str | None = None) -> str:
        """Return by what an encrypted text is found again: the same for the same text of a tenant."""
        return _search_key(key_id or self.ids[0], tenant_id, text)


def needs_only(stored: str, key_id: str) -> bool:
    """Whether this key alone decrypts a stored value."""
    return stored.startswith(f"{PREFIX}{key_id}:")


def search_keys(tenant_id: int, text: str) -> list[str]:
    """Return by what an encrypted text may be found, one for each key that this process has."""
    return [_search_key(key_id, tenant_id, text) for key_id in _KEYS]


def decrypt(stored: str) -> bytes:
    """Return what was encrypted. Raises SecretUnreadable for an unknown key and a changed text."""
    key_id, tenant, coded = (*stored.removeprefix(PREFIX).split(":", 2), "", "")[:3]
    if key_id not in _KEYS or not tenant.isdecimal():
        raise SecretUnreadable(f"no key at hand opens contents of key {key_id[:16]!r}")
    try:
        sealed = base64.b64decode(coded, validate=True)
        return _cipher(key_id, int(tenant)).decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], None)
    except (InvalidTag, ValueError) as wrong:
        raise SecretUnreadable(f"contents of tenant {tenant[:20]} were changed in the database") from wrong


def _id_of(key: bytes) -> str:
    return hmac.digest(key, b"pipenotify contents", "sha256").hex()[:16]


def _derived(key_id: str, tenant_id: int, use: str) -> bytes:
    return hmac.digest(_KEYS[key_id], f"pipenotify contents {use} {tenant_id}".encode(), "sha256")


@lru_cache(maxsize=1024)
def _cipher(key_id: str, tenant_id: int) -> AESGCM:
    return AESGCM(_derived(key_id, tenant_id, "cipher"))


def _search_key(key_id: str, tenant_id: int, text: str) -> str:
    return hmac.digest(_derived(key_id, tenant_id, SEARCH), text.encode(), "sha256").hex()


class Encrypted:
    """A value that is written encrypted, as `stored`. What is read of the database is a plain one.

    Only where no key of this process decrypts it, an empty one of this kind `is_lost`: it is written as it
    was read, and who would act on it asks `has_lost` (`models.security.contents`) first.
    """

    stored: str
    is_lost = False


class EncryptedStr(str, Encrypted):  # noqa: SLOT000 - it holds what is stored
    """A text that is written encrypted."""


class EncryptedBody(bytes, Encrypted):
    """Bytes that are written encrypted."""


class EncryptedDict(dict[str, Any], Encrypted):
    """A JSON object that is written encrypted."""


class EncryptedList(list[Any], Encrypted):
    """A JSON array that is written encrypted."""


_KINDS: Final[Mapping[type, type]] = {
    str: EncryptedStr,
    bytes: EncryptedBody,
    dict: EncryptedDict,
    list: EncryptedList,
}


def to_be_stored(plain: Any, stored: str) -> Any:
    """Return a text, bytes, an object or an array that is written as `stored`."""
    made = next(kind for plain_kind, kind in _KINDS.items() if isinstance(plain, plain_kind))(plain)
    made.stored = stored
    return made


def plain_of(value: Encrypted) -> Any:
    """Return the plain value that is written encrypted."""
    return next(plain(value) for plain, kind in _KINDS.items() if isinstance(value, kind))


def is_encrypted(stored: Any) -> bool:
    """Whether a value as it is stored, a text or bytes, is an encrypted one."""
    return bool(stored.startswith(_PREFIX_BYTES if isinstance(stored, bytes) else PREFIX))


def as_stored(column: Any) -> Any:
    """Return a column that may be encrypted so that its values are read as they are stored."""
    return type_coerce(column, column.type.impl)


def is_lost(value: Any) -> bool:
    """Whether a value that was read stands for one that no key of this process decrypts."""
    return isinstance(value, Encrypted) and value.is_lost


def _read(stored: str, kind: type[Any], parse: Callable[[bytes], Any]) -> Any:
    try:
        return parse(decrypt(stored))
    except SecretUnreadable as error:
        _note_once(str(error))
    found = to_be_stored(kind(), stored)
    found.is_lost = True
    return found


@cache
def _note_once(why: str) -> None:
    log.error("contents.unreadable", why=why)


class EncryptedBytes(TypeDecorator[bytes]):
    """Bytes, in some rows encrypted."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> bytes | None:
        return value.stored.encode() if isinstance(value, Encrypted) else value

    def process_result_value(self, value: Any, _dialect: Dialect) -> Any:
        if value is None or not is_encrypted(value):
            return value
        return _read(bytes(value).decode("ascii", "replace"), bytes, bytes)


class EncryptedText(TypeDecorator[str]):
    """A text, in some rows encrypted."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: Any, _dialect: Dialect) -> str | None:
        return value.stored if isinstance(value, Encrypted) else value

    def process_result_value(self, value: Any, _dialect: Dialect) -> Any:
        if value is None or not is_encrypted(value):
            return value
        return _read(value, str, bytes.decode)


class EncryptedJson(TypeDecorator[Any]):
    """A JSON document, in some rows an encrypted one, which is stored as a text; `kind` is dict or list.

    A text alone is no such document.
    """

    impl = Json
    cache_ok = True

    def __init__(self, kind: type[dict[str, Any] | list[Any]] = dict) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Any, _dialect: Dialect) -> Any:
        return value.stored if isinstance(value, Encrypted) else value

    def process_result_value(self, value: Any, _dialect: Dialect) -> Any:
        if not (isinstance(value, str) and is_encrypted(value)):
            return value
        return _read(value, self.kind, json.loads)


ENCRYPTED_TYPES: Final = (EncryptedBytes, EncryptedText, EncryptedJson)
