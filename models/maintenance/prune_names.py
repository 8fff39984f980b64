"""Deletes names of people, companies and deals that nothing kept needs.

A name is renewed while events use it (`models.connections.names.renew_names`), and can be asked for again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, select, tuple_
from sqlalchemy.orm import Session

from models.connections.names import RENEW_AFTER
from models.database.engine import Database
from models.tables.accounts import Tenant
from models.tables.connections import KnownName
from models.tables.rules import Rule

BATCH: Final = 500  # rows for which one transaction holds the write lock
PRUNED: Final = (
    "deal",
    "organization",
    "person",
    "user",
)  # fields, pipelines and stages are few and no people


def prune_names(database: Database, at: datetime, days: int) -> Iterator[Counter[str]]:
    """Delete names that no event of the last `days` used and no rule mentions; yield how many, by batches."""
    with database.reading_all() as session:
        tenants = session.scalars(select(Tenant.id).order_by(Tenant.id)).all()
    for tenant_id in tenants:
        yield from prune_names_of(database, tenant_id, at, days)


def prune_names_of(database: Database, tenant_id: int, at: datetime, days: int) -> Iterator[Counter[str]]:
    """Delete those of one tenant, in the order of their key, a batch at a time."""
    before = at - timedelta(days=days) - 2 * RENEW_AFTER  # an event that is kept was in time to renew it
    last = ("", "")
    while True:
        with database.reading(tenant_id) as session:
            found = _old_names(session, tenant_id, before, last)
            kept = _mentioned_in_rules(session, tenant_id) if found else set()
        if not found:
            return
        last = found[-1]
        useless = [(kind, key) for kind, key in found if key not in kept]
        if useless:
            with database.writing(tenant_id) as session:
                deleted = _delete_old(session, tenant_id, before, useless)
            yield Counter(names=deleted)


def _old_names(
    session: Session, tenant_id: int, before: datetime, last: tuple[str, str]
) -> list[tuple[str, str]]:
    pair = (KnownName.kind, KnownName.key)
    is_old = and_(KnownName.tenant_id == tenant_id, KnownName.kind.in_(PRUNED), KnownName.fetched_at < before)
    query = select(*pair).where(is_old, tuple_(*pair) > last).order_by(*pair).limit(BATCH)
    return [(kind, key) for kind, key in session.execute(query)]


def _delete_old(session: Session, tenant_id: int, before: datetime, pairs: list[tuple[str, str]]) -> int:
    """Delete those that are still old: an event may have used one meanwhile."""
    still = and_(
        KnownName.tenant_id == tenant_id,
        KnownName.fetched_at < before,
        tuple_(KnownName.kind, KnownName.key).in_(pairs),
    )
    gone: Any = session.execute(delete(KnownName).where(still).execution_options(synchronize_session=False))
    return int(gone.rowcount)


def _mentioned_in_rules(session: Session, tenant_id: int) -> set[str]:
    """Return every value in the conditions of a tenant's rules as text: any of them may be an id."""
    conditions = session.scalars(select(Rule.conditions).where(Rule.tenant_id == tenant_id))
    return {value for each in conditions for value in _values(each)}


def _values(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        for each in part.values():
            yield from _values(each)
    elif isinstance(part, list):
        for each in part:
            yield from _values(each)
    elif isinstance(part, str | int):
        yield str(part)
