"""Goes through the rows that a tenant has, and encrypts or decrypts what its choice asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import flag_modified

from models.database.engine import Database
from models.errors import SecretUnreadable
from models.security.contents import encrypt_with_newest, encrypted_columns, is_encrypting, key_in_use
from models.tables.base import Base
from models.tables.types.encrypted import as_stored, decrypt, is_encrypted, needs_only

BATCH: Final = 100  # rows for which one transaction holds the write lock
FEWER: Final = {"events": 25, "lead_imports": 2}  # which may be of megabytes
_CHANGED, _RIGHT, _LOST = "changed", "right", "lost"


@dataclass(frozen=True, slots=True)
class RewrittenPage:
    """Rows that were gone through: how many, how many of them were changed, what no key at hand opens.

    `last` is the key of the last row, None where the table has no further ones.
    """

    rows: int
    changed: int
    lost: int
    last: list[Any] | None


def tables_with_contents() -> dict[str, Any]:
    """Return the mapped tables that have columns which may be encrypted, by name, in a fixed order."""
    found = {str(each.class_.__tablename__): each.class_ for each in Base.registry.mappers}
    return {name: found[name] for name in sorted(found) if encrypted_columns(found[name])}


def count_rows(session: Session, tenant_id: int) -> int:
    """Return how many rows of a tenant have contents that may be encrypted."""
    tables = tables_with_contents().values()
    counts = (select(func.count()).select_from(each).where(each.tenant_id == tenant_id) for each in tables)
    return sum(session.scalar(count) or 0 for count in counts)


def rewrite_page(
    session: Session, tenant_id: int, table: Any, after: Sequence[Any], limit: int
) -> RewrittenPage:
    """Store the next rows of a table as the tenant wants them: encrypted with the key in use, or plain.

    The session is a writing one of the tenant. What no key at hand opens stays as it is.
    """
    keys = _keys_of(table)
    names = list(encrypted_columns(table))
    query = select(table, *(as_stored(table.__table__.c[name]).label(f"stored_{name}") for name in names))
    query = query.where(table.tenant_id == tenant_id)
    if after:
        query = query.where(tuple_(*keys) > tuple_(*after))
    most = min(limit, FEWER.get(table.__tablename__, limit))
    rows = session.execute(query.order_by(*keys).limit(most).with_for_update(key_share=True)).all()
    wanted = key_in_use(session) if is_encrypting(session, tenant_id) else None
    found = [_change(row, dict(zip(names, stored, strict=True)), wanted) for row, *stored in rows]
    session.flush()
    last = [getattr(rows[-1][0], key.name) for key in keys] if len(rows) == most else None
    for row, *_ in rows:
        session.expunge(row)
    return RewrittenPage(len(rows), found.count(_CHANGED), found.count(_LOST), last)


def next_key(session: Session, tenant_id: int, table: Any, after: Sequence[Any]) -> list[Any] | None:
    """Return the key of the next row of a table, None at its end."""
    keys = _keys_of(table)
    query = select(*keys).where(table.tenant_id == tenant_id)
    if after:
        query = query.where(tuple_(*keys) > tuple_(*after))
    found = session.execute(query.order_by(*keys).limit(1)).first()
    return None if found is None else list(found)


def _keys_of(table: Any) -> list[Any]:
    return [each for each in table.__table__.primary_key if each.name != "tenant_id"]


def rewrite_all(database: Database, tenant_id: int) -> Iterator[tuple[str, RewrittenPage]]:
    """Go through all rows of a tenant, with the newest key; yield each page with the name of its table."""
    for name, table in tables_with_contents().items():
        last: list[Any] | None = []
        while last is not None:
            with database.writing(tenant_id) as session:
                encrypt_with_newest(session)
                page = rewrite_page(session, tenant_id, table, last, BATCH)
            yield name, page
            last = page.last


def _change(row: Any, stored: Mapping[str, Any], wanted: str | None) -> str:
    """Mark what is not stored as it is wanted, so that it is written again as it should be."""
    to_change = [name for name, value in stored.items() if value and not _is_right(value, wanted)]
    if any(_is_lost(stored[name]) for name in to_change):
        return _LOST
    for name in to_change:
        setattr(row, name, getattr(row, name))
        flag_modified(row, name)
    return _CHANGED if to_change else _RIGHT


def _is_right(stored: Any, wanted: str | None) -> bool:
    if not (isinstance(stored, str | bytes) and is_encrypted(stored)):
        return wanted is None
    return wanted is not None and needs_only(_text(stored), wanted)


def _is_lost(stored: Any) -> bool:
    if not (isinstance(stored, str | bytes) and is_encrypted(stored)):
        return False
    try:
        decrypt(_text(stored))
    except SecretUnreadable:
        return True
    return False


def _text(stored: str | bytes) -> str:
    return stored.decode("ascii", "replace") if isinstance(stored, bytes) else stored
