"""What an admin does with a file of leads: upload it, say what its columns are, start it, undo it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from sqlalchemy import and_, delete, func, select, update
from sqlalchemy.orm import Session

from models.accounts.actor import Actor
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.clock import now
from models.errors import InvalidRequest
from models.imports.csv_file import CsvRow, decode, read_csv
from models.imports.lead_rows import FIELDS, NO_CURRENCY, ImportedLead, check_rows, guess_columns
from models.imports.queries import get_import
from models.languages.translate import marked, tr
from models.security.audit import record
from models.tables.imports import ImportRowState, ImportState, LeadImport, LeadImportRow

MOST_OPEN: Final = 5
NAME_LETTERS: Final = 200
UNDER_WAY: Final = (ImportState.RUNNING, ImportState.UNDOING)
STARTED: Final = marked("This import was started already.")
NOT_STARTED: Final = marked("This import was not started, or it is undone already.")
NOTHING_GOOD: Final = marked("No row of this file can be made a lead. Look at the reasons below.")
TOO_MANY: Final = marked("{count} imports are under way. Wait until one is done.")
ONE_COLUMN_TWICE: Final = marked("“{name}” is chosen for two things. Choose a column once.")
NEVER_WRITTEN: Final = marked("It was not written: the import was undone before.")


def upload_file(session: Session, actor: Actor, name: str, raw: bytes) -> LeadImport:
    """Keep a file as a draft to be looked at; an earlier draft of the same person is dropped.

    Raises NotAllowed, and UnreadableFile for what is no CSV file or too large.
    """
    require(session, actor, Action.CONNECTION_CHANGE)
    text = decode(raw)
    file = read_csv(text)
    drafts = and_(LeadImport.tenant_id == actor.tenant, LeadImport.state == ImportState.DRAFT)
    session.execute(delete(LeadImport).where(drafts, LeadImport.made_by == actor.name))
    plain = re.sub(r"[\x00-\x1f\x7f]", "", name).strip()[:NAME_LETTERS]
    made = LeadImport(
        tenant_id=actor.tenant,
        name=plain or "leads.csv",
        made_by=actor.name,
        content=text,
        header=file.header,
        columns=guess_columns(file.header),
    )
    session.add(made)
    session.flush()
    return made


def set_columns(
    session: Session,
    actor: Actor,
    import_id: int,
    columns: Mapping[str, int],
    *,
    currency: str,
    routes: bool,
) -> LeadImport:
    """Say which column of a draft holds what. Raises NotAllowed, NotFound, InvalidRequest."""
    found = _draft(session, actor, import_id)
    code = currency.strip().upper()
    if not re.fullmatch("[A-Z]{3}", code):
        raise InvalidRequest.of_field("currency", tr(NO_CURRENCY, text=currency[:20]))
    chosen = {
        name: index for name, index in columns.items() if name in FIELDS and 0 <= index < len(found.header)
    }
    for index in chosen.values():
        if list(chosen.values()).count(index) > 1:
            raise InvalidRequest.of_field("columns", tr(ONE_COLUMN_TWICE, name=found.header[index][:60]))
    found.columns, found.currency, found.routes = chosen, code, routes
    return found


def start_import(session: Session, actor: Actor, import_id: int) -> LeadImport:
    """Let a draft be written to Pipedrive: one row each line, the bad ones with their reason.

    Raises NotAllowed, NotFound, and InvalidRequest where nothing can be made of it or too many are under way.
    """
    found = _draft(session, actor, import_id)
    mine = and_(LeadImport.tenant_id == actor.tenant, LeadImport.state.in_(UNDER_WAY))
    if (session.scalar(select(func.count(LeadImport.id)).where(mine)) or 0) >= MOST_OPEN:
        raise InvalidRequest(user_message=tr(TOO_MANY, count=MOST_OPEN))
    checked = check_rows(read_csv(found.content).rows, found.columns, found.currency)
    if not checked.good:
        raise InvalidRequest(user_message=tr(NOTHING_GOOD))
    rows = [_row(found, row, lead) for row, lead in checked.good]
    rows += [_bad_row(found, row, reason) for row, reason in checked.bad]
    rows.sort(key=lambda row: row.line)
    session.add_all(rows)
    found.state, found.content, found.next_attempt_at = ImportState.RUNNING, "", now()
    counts = {"rows": len(checked.good), "bad": len(checked.bad)}
    record(session, actor, "import.started", found.name, **{"import": found.id}, **counts)
    return found


def discard_draft(session: Session, actor: Actor, import_id: int) -> None:
    """Drop a draft. Raises NotAllowed, NotFound, and InvalidRequest once it was started."""
    session.delete(_draft(session, actor, import_id))


def undo_import(session: Session, actor: Actor, import_id: int) -> LeadImport:
    """Let everything that an import made be deleted again, and write nothing more of it.

    Raises NotAllowed, NotFound, and InvalidRequest for one that was not started or is undone.
    """
    found = get_import(session, actor, import_id, lock=True)
    if found.state not in (ImportState.RUNNING, ImportState.DONE):
        raise InvalidRequest(user_message=tr(NOT_STARTED))
    mine = and_(LeadImportRow.tenant_id == actor.tenant, LeadImportRow.import_id == import_id)
    untouched = and_(mine, LeadImportRow.state == ImportRowState.PENDING, LeadImportRow.started_at.is_(None))
    values = {"state": ImportRowState.UNDONE, "reason": tr(NEVER_WRITTEN)}
    for statement in (
        update(LeadImportRow).where(untouched).values(values),
        update(LeadImportRow).where(mine).values(attempts=0),
    ):
        session.execute(statement.execution_options(synchronize_session=False))
    found.state, found.next_attempt_at, found.finished_at = ImportState.UNDOING, now(), None
    found.problem = ""
    record(session, actor, "import.undone", found.name, **{"import": found.id})
    return found


def _draft(session: Session, actor: Actor, import_id: int) -> LeadImport:
    found = get_import(session, actor, import_id, lock=True)
    if found.state != ImportState.DRAFT:
        raise InvalidRequest(user_message=tr(STARTED))
    return found


def _row(of: LeadImport, row: CsvRow, lead: ImportedLead) -> LeadImportRow:
    keys = {"email": lead.email, "organization": lead.organization.casefold()[:255]}
    return LeadImportRow(tenant_id=of.tenant_id, import_id=of.id, line=row.line, cells=row.cells, **keys)


def _bad_row(of: LeadImport, row: CsvRow, reason: str) -> LeadImportRow:
    """Keep a row of which no lead can be made, so that it can be mended and sent again."""
    ended = {"state": ImportRowState.FAILED, "reason": reason}
    index = of.columns.get("email", -1)
    email = row.cells[index].strip().lower()[:320] if index >= 0 else ""
    named = {"cells": row.cells, "email": email}
    return LeadImportRow(tenant_id=of.tenant_id, import_id=of.id, line=row.line, **named, **ended)
