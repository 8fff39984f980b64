"""Deletes leads that are over or forgotten, with their history and scores."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, delete, or_, select
from sqlalchemy.orm import Session

from models.database.engine import Database
from models.pipedrive.deal_leads import DEAL
from models.tables.leads import Lead, LeadHistory, LeadScore
from models.tables.stalled import TrackedObject

BATCH: Final = 200  # leads for which one transaction holds the write lock


def prune_leads(database: Database, before: datetime) -> Iterator[Counter[str]]:
    """Delete what was over before then, or has no state of Pipedrive any more; a batch at each step."""
    while True:
        with database.writing_all() as session:
            gone = _delete_some(session, before)
        if not gone.total():
            return
        yield gone


def _delete_some(session: Session, before: datetime) -> Counter[str]:
    of_lead = and_(
        TrackedObject.tenant_id == Lead.tenant_id,
        TrackedObject.entity == Lead.entity,
        TrackedObject.object_id == Lead.object_id,
    )
    is_unknown = ~select(TrackedObject.tenant_id).where(of_lead).exists()
    is_old = and_(Lead.changed_at < before, or_(Lead.is_open.is_(False), is_unknown))
    columns = select(Lead.tenant_id, Lead.entity, Lead.object_id)
    some = session.execute(columns.where(is_old).limit(BATCH)).all()
    counted: Counter[str] = Counter()
    for tenant_id, entity, object_id in some:
        for table in (LeadHistory, LeadScore, Lead):
            counted[table.__tablename__] += _delete(session, table, (tenant_id, entity, object_id))
    return counted + _delete_orphans(session, before) if not some else counted


def _delete_orphans(session: Session, before: datetime) -> Counter[str]:
    """Delete old lines and scores of deals that are no leads any more; they were kept for another choice."""
    counted: Counter[str] = Counter()
    for table in (LeadHistory, LeadScore):
        of_lead = and_(
            Lead.tenant_id == table.tenant_id, Lead.entity == table.entity, Lead.object_id == table.object_id
        )
        is_left = (table.entity == DEAL, table.at < before, ~select(Lead.tenant_id).where(of_lead).exists())
        for tenant_id, row_id in session.execute(
            select(table.tenant_id, table.id).where(*is_left).limit(BATCH)
        ):
            mine = (table.tenant_id == tenant_id, table.id == row_id)
            done: Any = session.execute(
                delete(table).where(*mine).execution_options(synchronize_session=False)
            )
            counted[table.__tablename__] += int(done.rowcount)
    return counted


def _delete(session: Session, table: Any, key: tuple[int, str, str]) -> int:
    mine = (table.tenant_id == key[0], table.entity == key[1], table.object_id == key[2])
    done: Any = session.execute(delete(table).where(*mine).execution_options(synchronize_session=False))
    return int(done.rowcount)
