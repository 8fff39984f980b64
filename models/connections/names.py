"""Names of Pipedrive's ids, stored per tenant."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, delete, literal_column, or_, select, true, tuple_, update
from sqlalchemy.orm import Session

from models.clock import now
from models.database.batch import BatchStatement, batch_insert, types_of
from models.database.chunks import chunks
from models.pipedrive.names import Json, Name, Names
from models.tables.connections import KnownName

RENEW_AFTER: Final = timedelta(days=1)

Pair = tuple[str, str]


def known_names(session: Session, tenant_id: int, wanted: Iterable[Pair] | None = None) -> Names:
    """Return a tenant's names: all of them, or those of the wanted (kind, key) pairs."""
    if wanted is not None:
        return names_of_pairs(session, tenant_id, set(wanted))
    return _read(session, tenant_id, true())


def names_of_tenants(
    session: Session, pairs: Collection[tuple[int, Pair]], kinds: Collection[tuple[int, str]] = ()
) -> tuple[dict[tuple[int, Pair], Name], set[tuple[int, Pair]]]:
    """Return the names of pairs, each with its tenant, and all those of some kinds of tenants.

    Returned as well is of which of them the names were not renewed for a day.
    """
    rows = [{"tenant_id": owner, "kind": kind, "key": key} for owner, (kind, key) in pairs]
    found = _OF_PAIRS.execute(session, rows) if rows else []
    if whole := [{"tenant_id": owner, "kind": kind} for owner, kind in kinds]:
        found += _OF_KINDS.execute(session, whole)
    since, names, old = now() - RENEW_AFTER, dict[tuple[int, Pair], Name](), set[tuple[int, Pair]]()
    for owner, kind, key, text, more, fetched_at in found:
        names[owner, (kind, key)] = _name(text, more)
        if fetched_at < since:
            old.add((owner, (kind, key)))
    return names, old


def names_of_pairs(
    session: Session, tenant_id: int, pairs: Collection[Pair], kinds: Collection[str] = ()
) -> Names:
    """Return the names of (kind, key) pairs of a tenant, and all those of some kinds."""
    found = _read(session, tenant_id, KnownName.kind.in_(kinds)) if kinds else Names()
    for chunk in chunks(sorted(pairs)):
        found.update(_read(session, tenant_id, _is_one_of(chunk)))
    return found


def names_of_kinds(session: Session, tenant_id: int, kinds: Collection[str]) -> Names:
    """Return all names of some kinds of a tenant."""
    return _read(session, tenant_id, KnownName.kind.in_(kinds))


def _read(session: Session, tenant_id: int, condition: ColumnElement[bool]) -> Names:
    columns = (KnownName.kind, KnownName.key, KnownName.text, KnownName.more)
    rows = session.execute(select(*columns).where(KnownName.tenant_id == tenant_id, condition))
    return Names({(kind, key): _name(text, more) for kind, key, text, more in rows})


def _name(text: str, more: Mapping[str, Json] | None) -> Name:
    """Return a name as it was given to `remember`."""
    further = dict(more or {})
    further.pop(_ASKED_AT, None)
    changed_at = further.pop(_CHANGED_AT, None)
    return Name(text, further, None if changed_at is None else _EPOCH + changed_at * _MICROSECOND)


def _is_one_of(pairs: Collection[Pair]) -> ColumnElement[bool]:
    return tuple_(KnownName.kind, KnownName.key).in_(pairs)


def renew_names(session: Session, tenant_id: int, pairs: Collection[Pair], at: datetime) -> None:
    """Note that these names are used: one that no event uses any more is pruned.

    See `models.maintenance.prune_names`.
    """
    for chunk in chunks(sorted(pairs)):
        mine = and_(KnownName.tenant_id == tenant_id, _is_one_of(chunk))
        session.execute(
            update(KnownName).where(mine).values(fetched_at=at).execution_options(synchronize_session=False)
        )


def forget_names(session: Session, tenant_id: int, pairs: Collection[Pair]) -> None:
    """Delete names, as of objects that Pipedrive deleted."""
    for chunk in chunks(sorted(pairs)):
        mine = and_(KnownName.tenant_id == tenant_id, _is_one_of(chunk))
        session.execute(delete(KnownName).where(mine).execution_options(synchronize_session=False))


def field_names(session: Session, tenant_id: int) -> Names:
    """Return the names of a tenant's custom fields: all that is needed to read its filters."""
    return _read(session, tenant_id, KnownName.kind.like("%\\_field", escape="\\"))


def names_without(session: Session, tenant_id: int, kinds: Collection[str]) -> Names:
    """Return all names of a tenant but those of some kinds, of which there may be very many."""
    return _read(session, tenant_id, KnownName.kind.not_in(kinds))


def choice_names(session: Session, tenant_id: int) -> Names:
    """Return the names that conditions choose from: custom fields, stages, pipelines, users and labels."""
    kinds = KnownName.kind.in_(("stage", "pipeline", "user"))
    ends = [KnownName.kind.like(end, escape="\\") for end in ("%\\_field", "%\\_label")]
    return _read(session, tenant_id, or_(kinds, *ends))


_LONGEST_TEXT = 500
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
# In `more`, in microseconds since 1970: Pipedrive's time of the change that contained the name, or when we
# asked Pipedrive for it.
_CHANGED_AT: Final = "changed_at"
_ASKED_AT: Final = "asked_at"


def remember(
    session: Session, names: Mapping[tuple[int, Pair], Name | None], *, asked_at: datetime | None = None
) -> None:
    """Store names by (tenant, (kind, key)); the newer one wins, and None removes it.

    Newer by Pipedrive's time of the change that contained it: a webhook may come late. Names of a list, which
    have no such time, are as old as the question, asked now unless at `asked_at`; such a name is replaced by
    that of any change, for our clock is not Pipedrive's.

    Rows are written in a fixed order, so that two processes that store the same names cannot deadlock.
    """
    gone = defaultdict(set)
    for (tenant_id, pair), name in names.items():
        if name is None:
            gone[tenant_id].add(pair)
    for tenant_id in sorted(gone):
        forget_names(session, tenant_id, gone[tenant_id])
    at = now()
    _store(session, {key: name for key, name in names.items() if name is not None}, at, asked_at or at)


def _store(
    session: Session, names: Mapping[tuple[int, Pair], Name], at: datetime, asked_at: datetime
) -> None:
    if not names:
        return
    rows = [
        {
            "tenant_id": tenant_id,
            "kind": kind,
            "key": key,
            "text": name.text[:_LONGEST_TEXT],
            "more": {**name.more, **_time_of(name, asked_at)},
            "fetched_at": at,
        }
        for (tenant_id, (kind, key)), name in sorted(names.items(), key=lambda item: item[0])
    ]
    _STORE.execute(session, rows)


def _time_of(name: Name, asked_at: datetime) -> dict[str, int]:
    if name.changed_at is None:
        return {_ASKED_AT: (asked_at - _EPOCH) // _MICROSECOND}
    return {_CHANGED_AT: (name.changed_at - _EPOCH) // _MICROSECOND}


def _stored_time(of: str, key: str) -> str:
    return f"CAST({of}.more ->> '{key}' AS BIGINT)"


_KNOWN: Any = KnownName.__table__
_IS_NEWER: Final = (
    f"coalesce({_stored_time('excluded', _CHANGED_AT)}, {_stored_time('excluded', _ASKED_AT)})"
    f" >= coalesce({_stored_time('names', _CHANGED_AT)}, 0)"
)
_STORE: Final = batch_insert(
    _KNOWN,
    ("tenant_id", "kind", "key", "text", "more", "fetched_at"),
    lambda insert: insert.on_conflict_do_update(
        index_elements=["tenant_id", "kind", "key"],
        set_={name: insert.excluded[name] for name in ("text", "more", "fetched_at")},
        where=literal_column(_IS_NEWER),
    ),
)


def _of(columns: Collection[str]) -> BatchStatement:
    """Return what reads the names that have the values of a row in these columns."""
    found = (_KNOWN.c[name] for name in ("tenant_id", "kind", "key", "text", "more", "fetched_at"))
    query = select(*found)
    return BatchStatement(
        types_of(_KNOWN, columns),
        lambda new, _: query.where(*(_KNOWN.c[name] == new.c[name] for name in columns)),
    )


_OF_PAIRS: Final = _of(("tenant_id", "kind", "key"))
_OF_KINDS: Final = _of(("tenant_id", "kind"))
