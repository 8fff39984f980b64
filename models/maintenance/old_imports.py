"""Erases what imported files say of people: drafts after a day, rows a month after their import ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import and_, delete, or_, select, update
from sqlalchemy.orm import Session

from models.database.engine import Database
from models.tables.imports import ImportState, LeadImport, LeadImportRow

DRAFT_FOR: Final = timedelta(days=1)
CONTENTS_FOR: Final = timedelta(days=30)
BATCH: Final = 20  # imports; each has 2,000 rows at most


def prune_imports(database: Database, at: datetime, before: datetime) -> Iterator[Counter[str]]:
    """Delete old drafts, and imports that ended before then; erase the rows of those between.

    What an erased row made can still be undone: its ids stay. Yields how many imports, by batches.
    """
    is_draft = and_(LeadImport.state == ImportState.DRAFT, LeadImport.created_at < at - DRAFT_FOR)
    is_old = or_(is_draft, LeadImport.finished_at < before)
    while gone := _take(database, is_old, _delete):
        yield Counter(lead_imports=gone)
    has_rows = and_(
        LeadImportRow.tenant_id == LeadImport.tenant_id,
        LeadImportRow.import_id == LeadImport.id,
        LeadImportRow.cells != [],
    )
    ended = and_(
        LeadImport.finished_at < at - CONTENTS_FOR, select(LeadImportRow.id).where(has_rows).exists()
    )
    while erased := _take(database, ended, _erase):
        yield Counter(lead_import_contents=erased)


def _take(database: Database, condition: Any, do: Any) -> int:
    """Do something with the first imports for which a condition holds; return how many there were."""
    with database.writing_all() as session:
        found = session.scalars(select(LeadImport.id).where(condition).order_by(LeadImport.id).limit(BATCH))
        ids = list(found)
        if ids:
            do(session, ids)
    return len(ids)


def _delete(session: Session, ids: list[int]) -> None:
    gone = delete(LeadImport).where(LeadImport.id.in_(ids))
    session.execute(gone.execution_options(synchronize_session=False))


def _erase(session: Session, ids: list[int]) -> None:
    rows = update(LeadImportRow).where(LeadImportRow.import_id.in_(ids))
    values = {"cells": [], "email": "", "email_key": "", "organization": "", "reason": ""}
    session.execute(rows.values(values).execution_options(synchronize_session=False))
