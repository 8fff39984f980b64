"""Names of Pipedrive's ids, stored per tenant."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from sqlalchemy import ColumnElement, or_, select, tuple_
from sqlalchemy.orm import Session

from models.clock import now
from models.database.upsert import insert_into
from models.pipedrive.names import Name, Names
from models.tables.connections import KnownName


def known_names(session: Session, tenant_id: int, wanted: Iterable[tuple[str, str]] | None = None) -> Names:
    """Return a tenant's names: all of them, or those of the wanted (kind, key) pairs."""
    query = select(KnownName.kind, KnownName.key, KnownName.text, KnownName.more)
    query = query.where(KnownName.tenant_id == tenant_id)
    if wanted is not None:
        pairs = set(wanted)
        query = query.where(KnownName.key.in_({key for _, key in pairs}))
    return Names({(kind, key): Name(text, more or {}) for kind, key, text, more in session.execute(query)})


def names_of_pairs(
    session: Session, tenant_id: int, pairs: Collection[tuple[str, str]], kinds: Collection[str] = ()
) -> Names:
    """Return the names of (kind, key) pairs of a tenant, and all those of some kinds."""
    columns = (KnownName.kind, KnownName.key, KnownName.text, KnownName.more)
    wanted: ColumnElement[bool] = tuple_(KnownName.kind, KnownName.key).in_(sorted(pairs))
    if kinds:
        wanted = or_(wanted, KnownName.kind.in_(kinds))
    rows = session.execute(select(*columns).where(KnownName.tenant_id == tenant_id, wanted))
    return Names({(kind, key): Name(text, more or {}) for kind, key, text, more in rows})


def field_names(session: Session, tenant_id: int) -> Names:
    """Return the names of a tenant's custom fields: all that is needed to read its filters."""
    is_field = KnownName.kind.like("%\\_field", escape="\\")
    query = select(KnownName.kind, KnownName.key, KnownName.text, KnownName.more)
    rows = session.execute(query.where(KnownName.tenant_id == tenant_id, is_field))
    return Names({(kind, key): Name(text, more or {}) for kind, key, text, more in rows})


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
