"""Names of Pipedrive's ids, stored per tenant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import ColumnElement, select, tuple_
from sqlalchemy.orm import Session

from models.clock import now
from models.database.chunks import chunks
from models.database.upsert import insert_into
from models.pipedrive.names import Name, Names
from models.tables.connections import KnownName


def known_names(session: Session, tenant_id: int, wanted: Iterable[tuple[str, str]] | None = None) -> Names:
    """Return a tenant's names: all of them, or at least those of the wanted (kind, key) pairs."""
    if wanted is None:
        return _read(session, tenant_id)
    found: dict[tuple[str, str], Name] = {}
    for some in chunks({key for _, key in wanted}):
        found |= _read(session, tenant_id, KnownName.key.in_(some))
    return Names(found)


def names_of_pairs(
    session: Session, tenant_id: int, pairs: Collection[tuple[str, str]], kinds: Collection[str] = ()
) -> Names:
    """Return the names of (kind, key) pairs of a tenant, and all those of some kinds."""
    found = dict(_read(session, tenant_id, KnownName.kind.in_(kinds)) if kinds else {})
    for some in chunks(sorted(pair for pair in pairs if pair[0] not in kinds)):
        found |= _read(session, tenant_id, tuple_(KnownName.kind, KnownName.key).in_(some))
    return Names(found)


def _read(session: Session, tenant_id: int, *which: ColumnElement[bool]) -> Names:
    query = select(KnownName.kind, KnownName.key, KnownName.text, KnownName.more)
    rows = session.execute(query.where(KnownName.tenant_id == tenant_id, *which))
    return Names({(kind, key): Name(text, more or {}) for kind, key, text, more in rows})


def field_names(session: Session, tenant_id: int) -> Names:
    """Return the names of a tenant's custom fields: all that is needed to read its filters."""
    return _read(session, tenant_id, KnownName.kind.like("%\\_field", escape="\\"))


_LONGEST_TEXT = 500


def remember(session: Session, names: Mapping[tuple[int, tuple[str, str]], Name]) -> None:
    """Store names by (tenant, (kind, key)); the newer one wins.

    Rows are written in a fixed order, so that two processes that store the same names cannot deadlock.
    """
    if not names:
        return
    at = now()
    rows = [
        {
            "tenant_id": tenant_id,
            "kind": kind,
            "key": key,
            "text": name.text[:_LONGEST_TEXT],
            "more": dict(name.more),
            "fetched_at": at,
        }
        for (tenant_id, (kind, key)), name in sorted(names.items(), key=lambda item: item[0])
    ]
    statement = insert_into(session, KnownName.__table__)
    excluded = statement.excluded
    statement = statement.on_conflict_do_update(
        index_elements=["tenant_id", "kind", "key"],
        set_={"text": excluded.text, "more": excluded.more, "fetched_at": excluded.fetched_at},
    )
    session.connection().execute(statement, rows)
