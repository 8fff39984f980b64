"""Encrypts the contact details of teams that want that, as they are written.

The ORM's rows are encrypted as they are flushed. What is inserted past it names its column here
(`encrypt_rows`, `encrypt_values`). Which columns those are, the types of the tables say.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from sqlalchemy import event, inspect, or_, select
from sqlalchemy.orm import Session, UOWTransaction
from sqlalchemy.orm.attributes import set_committed_value

from models.database import isolation
from models.database.direct import DirectStatement, goes_by_driver
from models.database.engine import Database
from models.database.storable import storable_text, to_json
from models.errors import SecretUnreadable
from models.security.installed_keys import NAME as ENCRYPTION_KEY
from models.security.keys import KeyRing
from models.tables.types.encrypted import (
    ENCRYPTED_TYPES,
    SEARCH,
    ContentKeys,
    Encrypted,
    is_encrypted,
    is_lost,
    plain_of,
    search_keys,
    to_be_stored,
)
from models.tables.upkeep import ContactEncryption, InstallationValue

UNREADABLE_AGAIN: Final = timedelta(minutes=10)  # for whoever waits until a process has the keys
_KEYS: Final = "content keys"  # in the info of a session
_CHOICE: Final = "which contents are encrypted"
_COLUMNS: Final[dict[Any, Mapping[str, str | None]]] = {}  # of a mapped table
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class _Choice:
    """The tenants whose contents are encrypted, and the key for that."""

    tenants: frozenset[int]
    key_id: str


def note_content_keys(database: Database, ring: KeyRing) -> None:
    """Let the sessions of a database encrypt and decrypt with these keys."""
    keys = ContentKeys(ring.keys)
    database.carried[_KEYS] = _Keys(keys, dict(zip(ring.fingerprints(), keys.ids, strict=True)))


@dataclass(frozen=True, slots=True)
class _Keys:
    """The keys of a process; `ids` are those of contents, by the fingerprints of the keys, newest first."""

    ring: ContentKeys
    ids: Mapping[str, str]


def encrypt_with_newest(session: Session) -> None:
    """Use the newest key in this transaction, whichever is installed."""
    session.info[_CHOICE] = replace(_choice_of(session), key_id=_keys_of(session).ring.ids[0])


def is_encrypting(session: Session, tenant_id: int) -> bool:
    """Whether what is written now for a tenant is encrypted; asked once in a transaction."""
    return tenant_id in _choice_of(session).tenants


def key_in_use(session: Session) -> str:
    """Return the id of the key that contents are encrypted with.

    It is the installed one (`models.security.installed_keys`), which every running process has. The newest
    one may be unknown to processes that were not yet started again in the middle of a rotation.
    """
    return _choice_of(session).key_id


def _keys_of(session: Session) -> _Keys:
    keys: _Keys = session.info[_KEYS]
    return keys


def _choice_of(session: Session) -> _Choice:
    if _CHOICE not in session.info:
        query = _choose(session.info.get(isolation.KEY))
        # Past the ORM, which flushes before it reads: this is asked in the middle of a flush, too.
        session.info[_CHOICE] = _read_choice(session, session.connection().execute(query))
    found: _Choice = session.info[_CHOICE]
    return found


def _choose(scope: Any) -> Any:
    """Build the query of tenants that encrypt, each with the fingerprint of the installed key."""
    installed = select(InstallationValue.value).where(InstallationValue.name == ENCRYPTION_KEY)
    query = select(ContactEncryption.tenant_id, installed.scalar_subquery().label("fingerprint"))
    query = query.where(ContactEncryption.is_on.is_(True))
    return query.where(ContactEncryption.tenant_id == scope) if isinstance(scope, int) else query


_CHOSEN: Final = DirectStatement(_choose(None))


def _read_choice(session: Session, rows: Iterable[Any]) -> _Choice:
    found = list(rows)
    if not found:
        return _Choice(frozenset(), "")
    keys = _keys_of(session)
    return _Choice(frozenset(row[0] for row in found), keys.ids.get(found[0][1], keys.ring.ids[0]))


def encrypt_rows(session: Session, rows: Sequence[Row], column: str) -> list[Row]:
    """Return rows for a batch with the bytes of a column as they are to be stored.

    A plain body that begins as an encrypted one does is encrypted for every tenant: it would be read as one.
    """
    if _CHOICE not in session.info and goes_by_driver(session):
        session.info[_CHOICE] = _read_choice(session, _CHOSEN.rows(session, {}))
    return [_row_to_store(session, row, column) for row in rows]


def _row_to_store(session: Session, row: Row, column: str) -> Row:
    plain = row[column]
    if not (is_encrypted(plain) or is_encrypting(session, row["tenant_id"])):
        return row
    return {**row, column: _encrypt(session, row["tenant_id"], plain).encode()}


def encrypt_values(session: Session, table: Any, tenant_id: int, values: Mapping[str, Any]) -> Row:
    """Return the values of a statement past the ORM, those of encrypted columns as they are to be stored."""
    found = dict(values)
    for name, search in encrypted_columns(table).items():
        if name in found:
            found |= _to_store(session, tenant_id, name, search, found[name])
    return found


def is_text(table: Any, column: str, tenant_id: int, text: str) -> Any:
    """Return the condition that a column holds a text, plain or encrypted."""
    key, storable = getattr(table, encrypted_columns(table)[column] or ""), storable_text(text)
    return or_(getattr(table, column) == storable, key.in_(search_keys(tenant_id, storable)))


def fingerprint(session: Session, tenant_id: int, text: str) -> str:
    """Return a fingerprint of contents, 64 letters; where they are encrypted, nobody guesses them by it."""
    if is_encrypting(session, tenant_id):
        return _keys_of(session).ring.search_key(tenant_id, storable_text(text), key_in_use(session))
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()


def has_lost(row: Any) -> bool:
    """Whether a row has contents that no key of this process decrypts: nothing may be done with it then."""
    return any(is_lost(getattr(row, name)) for name in encrypted_columns(type(row)))


def encrypted_columns(table: Any) -> Mapping[str, str | None]:
    """Return the columns of a mapped table that may be encrypted, with those by which they are searched."""
    if (found := _COLUMNS.get(table)) is None:
        columns = [each for each in table.__table__.c if isinstance(each.type, ENCRYPTED_TYPES)]
        found = _COLUMNS[table] = {each.name: each.info.get(SEARCH) for each in columns}
    return found


@event.listens_for(Session, "before_flush")
def _encrypt_flushed(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    """Encrypt what changed. Raises SecretUnreadable where what could not be read would be overwritten."""
    for row in (*session.new, *session.dirty):
        before = inspect(row).committed_state
        for name, search in encrypted_columns(type(row)).items():
            if name not in before or is_lost(value := getattr(row, name)) or row.tenant_id is None:
                continue
            if is_lost(before[name]):
                raise SecretUnreadable(f"{row.__tablename__}.{name}: no key at hand opens what it holds")
            for column, stored in _to_store(session, row.tenant_id, name, search, value).items():
                setattr(row, column, stored)


@event.listens_for(Session, "after_flush")
def _show_flushed(session: Session, _context: UOWTransaction) -> None:
    """Let flushed rows show plain values, as those that are read do."""
    for row in (*session.new, *session.dirty):
        for name in encrypted_columns(type(row)):
            value = row.__dict__.get(name)
            if isinstance(value, Encrypted) and not value.is_lost:
                set_committed_value(row, name, plain_of(value))


def _to_store(session: Session, tenant_id: int, name: str, search: str | None, value: Any) -> Row:
    """Return the value of a column as it is to be stored, with that of the column for searching it."""
    plain = plain_of(value) if isinstance(value, Encrypted) else value
    plain = storable_text(plain) if isinstance(plain, str) else plain
    looks_encrypted = isinstance(plain, str | bytes) and is_encrypted(plain)
    has_contents = bool(plain) and isinstance(plain, str | bytes | dict | list)
    if not has_contents or not (looks_encrypted or is_encrypting(session, tenant_id)):
        return {name: plain} | ({search: ""} if search else {})
    found = {name: to_be_stored(plain, _encrypt(session, tenant_id, _bytes_of(plain)))}
    if search:
        found[search] = _keys_of(session).ring.search_key(tenant_id, plain, key_in_use(session) or None)
    return found


def _encrypt(session: Session, tenant_id: int, plain: bytes) -> str:
    return _keys_of(session).ring.encrypt(tenant_id, plain, key_in_use(session) or None)


def _bytes_of(value: Any) -> bytes:
    if isinstance(value, bytes):
        return value
    return (value if isinstance(value, str) else to_json(value)).encode()
