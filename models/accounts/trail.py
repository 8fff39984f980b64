"""The audit trail as admins read it: who did what and when, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.database.engine import Database
from models.security.audit import AUDITOR, Auditor, CheckedPart
from models.tables.audit import AuditEntry

MOST_COUNTED: Final = 20_000
PART: Final = 1_000  # entries that are in memory at once while all are read


@dataclass(frozen=True, slots=True)
class TrailSelection:
    """Which entries; None narrows nothing. `action` is a whole one, or its noun: `rule`."""

    action: str | None = None
    actor: str | None = None
    since: datetime | None = None


def read_trail(
    session: Session,
    actor: Actor,
    wanted: TrailSelection,
    *,
    before: int | None = None,
    offset: int = 0,
    limit: int,
) -> tuple[list[AuditEntry], int]:
    """Return a part of the actor's tenant's trail, newest first, and how many entries fit.

    These are counted up to MOST_COUNTED. With `before` (an entry's id) the part begins below it, else at
    `offset`. Raises NotAllowed.
    """
    query = _selected(session, actor, wanted)
    counted = query.with_only_columns(AuditEntry.id).limit(MOST_COUNTED).subquery()
    total = session.scalar(select(func.count()).select_from(counted)) or 0
    if before is not None:
        query, offset = query.where(AuditEntry.id < before), 0
    return list(session.scalars(query.order_by(AuditEntry.id.desc()).offset(offset).limit(limit))), total


def every_entry(database: Database, actor: Actor, wanted: TrailSelection) -> Iterator[AuditEntry]:
    """Yield all entries that fit, newest first.

    Each part is read in a transaction of its own, so that a slow reader holds none. Raises NotAllowed.
    """
    before: int | None = None
    while True:
        with database.reading(actor.tenant) as session:
            query = _selected(session, actor, wanted)
            if before is not None:
                query = query.where(AuditEntry.id < before)
            found = session.scalars(query.order_by(AuditEntry.id.desc()).limit(PART)).all()
        yield from found
        if len(found) < PART:
            return
        before = found[-1].id


def _selected(session: Session, actor: Actor, wanted: TrailSelection) -> Select[Any]:
    """Return the query of the entries of the actor's tenant that fit. Raises NotAllowed."""
    require(session, actor, Action.AUDIT_READ)
    query = select(AuditEntry).where(AuditEntry.tenant_id == actor.tenant)
    if wanted.action is not None:
        is_noun = "." not in wanted.action
        noun = AuditEntry.action.startswith(f"{wanted.action}.", autoescape=True)
        query = query.where(noun if is_noun else AuditEntry.action == wanted.action)
    if wanted.actor is not None:
        query = query.where(AuditEntry.actor == wanted.actor)
    if wanted.since is not None:
        query = query.where(AuditEntry.created_at >= wanted.since)
    return query


def verify_trail(session: Session, actor: Actor, after: int, most: int) -> CheckedPart:
    """Check a part of the actor's tenant's trail: what follows number `after`, which was checked before.

    Raises NotAllowed.
    """
    require(session, actor, Action.AUDIT_READ)
    auditor: Auditor = session.info[AUDITOR]
    return auditor.check_part(session, actor.tenant, after, most)
