"""What is read of imports: the list, one with its counts and preview, and the rows that failed."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.errors import NotFound
from models.imports.csv_file import FORMULA, read_csv
from models.imports.lead_rows import CheckedRows, check_rows
from models.languages.translate import tr
from models.tables.imports import ImportRowState, ImportState, LeadImport, LeadImportRow

MOST: Final = 30
MOST_REASONS: Final = 50  # rows that a page shows
WITH_REASON: Final = (ImportRowState.FAILED, ImportRowState.LEFT)


@dataclass(frozen=True, slots=True)
class ImportView:
    """An import with how many of its rows are in each state, and its first rows that failed or were left."""

    row: LeadImport
    counts: dict[str, int]
    reasons: Sequence[LeadImportRow] = ()


def get_import(session: Session, actor: Actor, import_id: int, *, lock: bool = False) -> LeadImport:
    """Return an import of the tenant; `lock` it to change it. Raises NotAllowed, NotFound."""
    require(session, actor, Action.CONNECTION_CHANGE)
    mine = and_(LeadImport.tenant_id == actor.tenant, LeadImport.id == import_id)
    query = select(LeadImport).where(mine)
    found = session.scalar(query.with_for_update() if lock else query)
    if found is None:
        raise NotFound
    return found


def list_imports(session: Session, actor: Actor) -> list[ImportView]:
    """Return the last imports of the tenant, the newest first. Raises NotAllowed."""
    require(session, actor, Action.CONNECTION_CHANGE)
    mine = select(LeadImport).where(LeadImport.tenant_id == actor.tenant)
    found = session.scalars(mine.order_by(LeadImport.id.desc()).limit(MOST)).all()
    counts = _counts(session, actor.tenant, [each.id for each in found])
    return [ImportView(each, counts.get(each.id, {})) for each in found]


def view_import(session: Session, actor: Actor, import_id: int) -> ImportView:
    """Return one import with its counts and reasons. Raises NotAllowed, NotFound."""
    found = get_import(session, actor, import_id)
    counts = _counts(session, actor.tenant, [found.id]).get(found.id, {})
    rows = _with_reason(session, actor.tenant, found.id, WITH_REASON, MOST_REASONS)
    return ImportView(found, counts, rows)


def preview(found: LeadImport) -> CheckedRows:
    """Return what would be made of a draft. Raises NotFound for one that was started."""
    if found.state != ImportState.DRAFT:
        raise NotFound
    return check_rows(read_csv(found.content).rows, found.columns, found.currency)


def failed_rows_csv(session: Session, actor: Actor, import_id: int) -> str:
    """Return the rows that failed as a CSV file, with line and reason behind the columns of the file.

    A cell that a table program would take for a formula begins with an apostrophe. Raises NotAllowed,
    NotFound.
    """
    found = get_import(session, actor, import_id)
    rows = _with_reason(session, actor.tenant, found.id, (ImportRowState.FAILED,), None)
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow([*map(_disarmed, found.header), tr("Line"), tr("Reason")])
    for row in rows:
        if row.cells:
            writer.writerow([*map(_disarmed, row.cells), row.line, row.reason])
    return written.getvalue()


def _disarmed(cell: str) -> str:
    return f"'{cell}" if cell.startswith(FORMULA) else cell


def _counts(session: Session, tenant_id: int, imports: Sequence[int]) -> dict[int, dict[str, int]]:
    mine = and_(LeadImportRow.tenant_id == tenant_id, LeadImportRow.import_id.in_(imports))
    columns = (LeadImportRow.import_id, LeadImportRow.state)
    found: dict[int, dict[str, int]] = {}
    for import_id, state, count in session.execute(
        select(*columns, func.count()).where(mine).group_by(*columns)
    ):
        found.setdefault(import_id, {})[state] = count
    return found


def _with_reason(
    session: Session, tenant_id: int, import_id: int, states: Sequence[str], most: int | None
) -> Sequence[LeadImportRow]:
    mine = and_(
        LeadImportRow.tenant_id == tenant_id,
        LeadImportRow.import_id == import_id,
        LeadImportRow.state.in_(states),
    )
    return session.scalars(select(LeadImportRow).where(mine).order_by(LeadImportRow.id).limit(most)).all()
