"""Encrypts the contact details of teams that want that, as they are written.

The ORM's rows are encrypted as they are flushed. What is inserted past it names its column here
(`encrypt_rows`, `encrypt_values`). Which columns those are, the types of the tables say.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sqlalchemy import event, or_, select
from sqlalchemy.orm import Session, UOWTransaction
from sqlalchemy.orm.attributes import set_committed_value

from models.database import isolation
from models.database.direct import DirectStatement, goes_by_driver
from models.database.engine import Database
from models.security.keys import KeyRing
from models.tables.types.encrypted import (
    ENCRYPTED_TYPES,
    SEARCH,
    ContentKeys,
    Encrypted,
    is_encrypted,
    plain_of,
    search_keys,
    to_be_stored,
)
from models.tables.upkeep import ContactEncryption

_KEYS: Final = "content keys"  # in the info of a session
_TENANTS: Final = "tenants whose contents are encrypted"
_ENCRYPTING: Final = DirectStatement(
    select(ContactEncryption.tenant_id).where(ContactEncryption.is_on.is_(True))
)
_COLUMNS: Final[dict[Any, Mapping[str, str | None]]] = {}  # of a mapped table
Row = dict[str, Any]


def note_content_keys(database: Database, ring: KeyRing) -> None:
    """Let the sessions of a database encrypt and decrypt with these keys."""
    database.carried[_KEYS] = ContentKeys(ring.keys)


def keys_of(session: Session) -> ContentKeys:
    """Return the keys that a session encrypts with."""
    keys: ContentKeys = session.info[_KEYS]
    return keys


def is_encrypting(session: Session, tenant_id: int) -> bool:
    """Whether what is written now for a tenant is encrypted; asked once in a transaction."""
    if _TENANTS not in session.info:
        session.info[_TENANTS] = _encrypting(session)
    return tenant_id in session.info[_TENANTS]


def _encrypting(session: Session) -> frozenset[int]:
    """Ask past the ORM, which flushes before it reads: this is asked in the middle of a flush, too."""
    query = select(ContactEncryption.tenant_id).where(ContactEncryption.is_on.is_(True))
    scope = session.info.get(isolation.KEY)
    if isinstance(scope, int):
        query = query.where(ContactEncryption.tenant_id == scope)
    return frozenset(session.connection().scalars(query))


def encrypt_rows(session: Session, rows: Sequence[Row], column: str) -> list[Row]:
    """Return rows for a batch with the bytes of a column as they are to be stored.

    A plain body that begins as an encrypted one does is encrypted for every tenant: it would be read as one.
    """
    if _TENANTS not in session.info and goes_by_driver(session):
        session.info[_TENANTS] = frozenset(tenant_id for (tenant_id,) in _ENCRYPTING.rows(session, {}))
    return [_row_to_store(session, row, column) for row in rows]


def _row_to_store(session: Session, row: Row, column: str) -> Row:
    plain = row[column]
    if not (is_encrypted(plain) or is_encrypting(session, row["tenant_id"])):
        return row
    return {**row, column: keys_of(session).encrypt(row["tenant_id"], plain).encode()}


def encrypt_values(session: Session, table: Any, tenant_id: int, values: Mapping[str, Any]) -> Row:
    """Return the values of an UPDATE past the ORM, those of encrypted columns as they are to be stored."""
    found = dict(values)
    for name, search in encrypted_columns(table).items():
        if found.get(name):
            found |= _to_store(session, tenant_id, name, search, found[name])
    return found


def is_text(table: Any, column: str, tenant_id: int, text: str) -> Any:
    """Return the condition that a column holds a text, plain or encrypted."""
    key = getattr(table, encrypted_columns(table)[column] or "")
    return or_(getattr(table, column) == text, key.in_(search_keys(tenant_id, text)))


def encrypted_columns(table: Any) -> Mapping[str, str | None]:
    """Return the columns of a mapped table that may be encrypted, with those by which they are searched."""
    if (found := _COLUMNS.get(table)) is None:
        columns = [each for each in table.__table__.c if isinstance(each.type, ENCRYPTED_TYPES)]
        found = _COLUMNS[table] = {each.name: each.info.get(SEARCH) for each in columns}
    return found


@event.listens_for(Session, "before_flush")
def _encrypt_flushed(session: Session, _context: UOWTransaction, _instances: Any) -> None:
    for row in (*session.new, *session.dirty):
        for name, search in encrypted_columns(type(row)).items():
            plain = row.__dict__.get(name)
            if plain and row.tenant_id is not None:
                for column, value in _to_store(session, row.tenant_id, name, search, plain).items():
                    setattr(row, column, value)


@event.listens_for(Session, "after_flush")
def _show_flushed(session: Session, _context: UOWTransaction) -> None:
    """Let flushed rows show plain values, as those that are read do."""
    for row in (*session.new, *session.dirty):
        for name in encrypted_columns(type(row)):
            if isinstance(value := row.__dict__.get(name), Encrypted):
                set_committed_value(row, name, plain_of(value))


def _to_store(session: Session, tenant_id: int, name: str, search: str | None, plain: Any) -> Row:
    """Return the value of a column as it is to be stored, with that of the column for searching it."""
    looks_encrypted = isinstance(plain, str | bytes) and is_encrypted(plain)
    if not (looks_encrypted or is_encrypting(session, tenant_id)):
        return {name: plain} | ({search: ""} if search else {})
    keys = keys_of(session)
    body = plain if isinstance(plain, bytes) else plain.encode() if isinstance(plain, str) else _json(plain)
    found = {name: to_be_stored(plain, keys.encrypt(tenant_id, body))}
    return found | ({search: keys.search_key(tenant_id, plain)} if search else {})


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
