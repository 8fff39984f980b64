"""What a worker does with an import: leases it, takes its next row, stores each step, and ends it.

One worker at a time has an import, and works on one row of it. The row is settled before the next is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.orm import Session

from models.database.direct import AT, DirectStatement
from models.database.lease import is_free
from models.security.contents import UNREADABLE_AGAIN, encrypt_values, has_lost, is_text
from models.tables.accounts import Tenant, TenantStatus
from models.tables.card_actions import OPEN_ACTIONS, CardAction
from models.tables.imports import ImportRowState, ImportState, LeadImport, LeadImportRow
from models.tables.leads import OPEN_SUBMISSIONS, IntakeSubmission

MOST_DUE: Final = 20
OPEN: Final = (ImportState.RUNNING, ImportState.UNDOING)
TO_UNDO: Final = (ImportRowState.PENDING, ImportRowState.DONE, ImportRowState.FAILED)


@dataclass(slots=True)
class ClaimedRow:
    """A row that this worker has, and what it needs of its import. `was_tried`: earlier, by whomever."""

    tenant_id: int
    import_id: int
    token: str
    row: LeadImportRow
    columns: dict[str, int]
    currency: str
    routes: bool
    undoes: bool
    was_tried: bool


def due_imports(session: Session, at: datetime) -> list[tuple[int, int]]:
    """Return (tenant, id) of imports to go on with: of each tenant the oldest, who waited longest first.

    Tenants whose presses or forms are to be written now come later. The session sees all tenants.
    """
    return [(tenant_id, import_id) for tenant_id, import_id in _DUE.rows(session, {"at": at})]


def _select_due() -> Any:
    is_active = select(Tenant.id).where(Tenant.status == TenantStatus.ACTIVE)
    first = select(func.min(LeadImport.id)).where(LeadImport.state.in_(OPEN)).group_by(LeadImport.tenant_id)
    mine = and_(LeadImport.tenant_id.in_(is_active), LeadImport.id.in_(first))
    query = select(LeadImport.tenant_id, LeadImport.id).where(_is_due(AT), mine, ~_has_urgent(AT))
    return query.order_by(LeadImport.next_attempt_at, LeadImport.id).limit(MOST_DUE)


def _is_due(at: datetime | Any) -> Any:
    is_open = LeadImport.state.in_(OPEN)
    return and_(is_open, LeadImport.next_attempt_at <= at, is_free(LeadImport.lease_until, at))


def _has_urgent(at: datetime | Any) -> Any:
    press = and_(
        CardAction.tenant_id == LeadImport.tenant_id,
        CardAction.state.in_(OPEN_ACTIONS),
        CardAction.next_attempt_at <= at,
    )
    entered = and_(
        IntakeSubmission.tenant_id == LeadImport.tenant_id,
        IntakeSubmission.state.in_(OPEN_SUBMISSIONS),
        IntakeSubmission.next_attempt_at <= at,
    )
    return or_(
        select(CardAction.id).where(press).exists(), select(IntakeSubmission.id).where(entered).exists()
    )


_DUE: Final = DirectStatement(_select_due())  # built once: every worker asks each second


def claim_row(
    session: Session, tenant_id: int, import_id: int, token: str, at: datetime, until: datetime
) -> ClaimedRow | None:
    """Lease an import until then, and take its next row; end it where there is none.

    Returns None then, and where another worker has it.
    """
    mine = and_(LeadImport.tenant_id == tenant_id, LeadImport.id == import_id, _is_due(at))
    found = session.scalar(select(LeadImport).where(mine).with_for_update(skip_locked=True))
    if found is None:
        return None
    undoes = found.state == ImportState.UNDOING
    row = _next_row(session, found, undoes=undoes)
    if row is None:
        found.state = ImportState.UNDONE if undoes else ImportState.DONE
        found.finished_at, found.problem = at, ""
        found.lease_token = found.lease_until = None
        return None
    if has_lost(row):
        found.next_attempt_at = at + UNREADABLE_AGAIN
        return None
    was_tried = row.started_at is not None
    row.attempts, row.started_at = row.attempts + 1, row.started_at or at
    found.lease_token, found.lease_until = token, until
    session.flush()
    session.expunge(row)
    about = (found.columns, found.currency, found.routes)
    return ClaimedRow(tenant_id, import_id, token, row, *about, undoes, was_tried)


def _next_row(session: Session, of: LeadImport, *, undoes: bool) -> LeadImportRow | None:
    """Return the first row to write; to undo the last one, so that what it shares goes with the first."""
    mine = and_(LeadImportRow.tenant_id == of.tenant_id, LeadImportRow.import_id == of.id)
    if undoes:
        started = and_(LeadImportRow.state.in_(TO_UNDO), LeadImportRow.started_at.is_not(None))
        query = select(LeadImportRow).where(mine, started).order_by(LeadImportRow.id.desc())
    else:
        is_open = LeadImportRow.state == ImportRowState.PENDING
        query = select(LeadImportRow).where(mine, is_open).order_by(LeadImportRow.id)
    return session.scalar(query.limit(1))


def known_person(session: Session, claimed: ClaimedRow) -> str:
    """Return the person of an earlier row of the same import with the same e-mail, empty without one."""
    return _known(
        session,
        claimed,
        LeadImportRow.person_id,
        is_text(LeadImportRow, "email", claimed.tenant_id, claimed.row.email),
    )


def known_organization(session: Session, claimed: ClaimedRow) -> str:
    """Return the organization of an earlier row of the same import with the same name."""
    same = LeadImportRow.organization == claimed.row.organization
    return _known(session, claimed, LeadImportRow.organization_id, same)


def _known(session: Session, claimed: ClaimedRow, column: Any, same: Any) -> str:
    mine = and_(LeadImportRow.tenant_id == claimed.tenant_id, LeadImportRow.import_id == claimed.import_id)
    query = select(column).where(mine, same, column != "").order_by(LeadImportRow.id).limit(1)
    return str(session.scalar(query) or "")


def has_left_row(session: Session, claimed: ClaimedRow, **of: str) -> bool:
    """Tell whether a lead of the import that was left belongs to a person, or to an organization."""
    left = and_(
        LeadImportRow.tenant_id == claimed.tenant_id,
        LeadImportRow.import_id == claimed.import_id,
        LeadImportRow.state == ImportRowState.LEFT,
    )
    return session.scalar(select(LeadImportRow.id).where(left).filter_by(**of).limit(1)) is not None


def keep_row(session: Session, claimed: ClaimedRow, **values: Any) -> bool:
    """Store what a step made or found; False if another worker has the import meanwhile."""
    return _lock(session, claimed) is not None and _change(session, claimed, values)


def settle_row(session: Session, claimed: ClaimedRow, at: datetime, state: str, reason: str = "") -> bool:
    """Record how a row ended, and let the import go on."""
    found = _lock(session, claimed)
    if found is None:
        return False
    found.lease_token = found.lease_until = None
    found.next_attempt_at, found.problem = at, ""
    return _change(session, claimed, {"state": state, "reason": reason})


def put_off_import(session: Session, claimed: ClaimedRow, until: datetime, why: str, *, counts: bool) -> bool:
    """Let the import go on then, with the same row; `counts`: as an attempt of it."""
    found = _lock(session, claimed)
    if found is None:
        return False
    found.lease_token = found.lease_until = None
    found.next_attempt_at, found.problem = until, why
    return _change(session, claimed, {"attempts": claimed.row.attempts - (not counts)})


def _lock(session: Session, claimed: ClaimedRow) -> LeadImport | None:
    mine = and_(
        LeadImport.tenant_id == claimed.tenant_id,
        LeadImport.id == claimed.import_id,
        LeadImport.lease_token == claimed.token,
    )
    return session.scalar(select(LeadImport).where(mine).with_for_update())


def _change(session: Session, claimed: ClaimedRow, values: dict[str, Any]) -> bool:
    mine = and_(LeadImportRow.tenant_id == claimed.tenant_id, LeadImportRow.id == claimed.row.id)
    stored = encrypt_values(session, LeadImportRow, claimed.tenant_id, values)
    statement = update(LeadImportRow).where(mine).values(stored)
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount) > 0
