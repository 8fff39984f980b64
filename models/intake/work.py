"""What a worker does with a submission: claims it, stores each step, and records how it ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from sqlalchemy import and_, func, select, update
from sqlalchemy.orm import Session, aliased

from models.database.direct import AT, DirectStatement
from models.deliveries.notices import Notice, notify_admins
from models.languages.translate import marked, tr
from models.security.contents import UNREADABLE_AGAIN, encrypt_values, has_lost
from models.tables.accounts import Tenant
from models.tables.leads import OPEN_SUBMISSIONS, IntakeForm, IntakeSubmission, SubmissionState

MOST_DUE: Final = 20
DEAD_TITLE: Final = marked("A lead of a form was not made")
DEAD_WORDS: Final = marked(
    "What somebody entered in “{form}” could not be written to Pipedrive: {why} It is kept. Try it again on"
    " the admin page, below Intake."
)


def due_submissions(session: Session, at: datetime) -> list[tuple[int, int]]:
    """Return (tenant, id) of submissions to write now: tenants in turn, of each the oldest first.

    The session sees all tenants.
    """
    return [(tenant_id, submission_id) for tenant_id, submission_id in _DUE.rows(session, {"at": at})]


def _select_due() -> Any:
    turn = func.row_number().over(
        partition_by=IntakeSubmission.tenant_id,
        order_by=(IntakeSubmission.next_attempt_at, IntakeSubmission.id),
    )
    columns = (IntakeSubmission.tenant_id, IntakeSubmission.id, turn.label("turn"))
    due = select(*columns).where(_is_due(AT)).subquery()
    return select(due.c.tenant_id, due.c.id).order_by(due.c.turn, due.c.tenant_id).limit(MOST_DUE)


def _is_due(at: datetime | Any) -> Any:
    """Return the condition that a submission is to be written now, and no worker writes one of its tenant."""
    is_open = IntakeSubmission.state.in_(OPEN_SUBMISSIONS)
    other = aliased(IntakeSubmission)
    is_leased = and_(other.state == SubmissionState.WRITING, other.lease_until > at)
    busy = select(other.id).where(other.tenant_id == IntakeSubmission.tenant_id, is_leased)
    return and_(is_open, IntakeSubmission.next_attempt_at <= at, ~busy.exists())


_DUE: Final = DirectStatement(_select_due())  # built once: every worker asks each second


def claim_submission(
    session: Session, tenant_id: int, submission_id: int, token: str, at: datetime, until: datetime
) -> IntakeSubmission | None:
    """Lease a submission until then; None if another worker has it, or another one of the same tenant.

    Two at once would each look for a person of the same e-mail, find none, and make one. The lock is held for
    the claim alone.
    """
    session.execute(select(Tenant.id).where(Tenant.id == tenant_id).with_for_update(key_share=True))
    mine = and_(IntakeSubmission.tenant_id == tenant_id, IntakeSubmission.id == submission_id, _is_due(at))
    row = session.scalar(select(IntakeSubmission).where(mine).with_for_update(skip_locked=True))
    if row is None:
        return None
    if has_lost(row):
        row.next_attempt_at = at + UNREADABLE_AGAIN
        return None
    row.state, row.lease_token, row.lease_until = SubmissionState.WRITING, token, until
    row.attempts += 1
    session.flush()
    session.expunge(row)
    return row


def lead_to_join(session: Session, submission: IntakeSubmission) -> tuple[str, bool]:
    """Return the lead of the submission that one joins, and whether to wait for it still."""
    mine = and_(
        IntakeSubmission.tenant_id == submission.tenant_id, IntakeSubmission.id == submission.joined_id
    )
    found = session.execute(select(IntakeSubmission.lead_id, IntakeSubmission.state).where(mine)).first()
    if found is None:
        return "", False
    return str(found.lead_id), not found.lead_id and found.state in OPEN_SUBMISSIONS


def keep_step(session: Session, submission: IntakeSubmission, **ids: str) -> bool:
    """Store what a step made or found; False if another worker has the submission meanwhile."""
    return _write(session, submission, ids)


def finish_submission(session: Session, submission: IntakeSubmission, at: datetime) -> bool:
    """Record that the lead is there."""
    values = {"state": SubmissionState.DONE, "problem": "", "finished_at": at}
    return _write(session, submission, values | {"lease_token": None, "lease_until": None})


def put_off(
    session: Session, submission: IntakeSubmission, until: datetime, why: str, *, counts: bool
) -> bool:
    """Let a submission be tried again then; one that only waits for another part does not count."""
    attempts = submission.attempts if counts else submission.attempts - 1
    values = {
        "state": SubmissionState.PENDING,
        "next_attempt_at": until,
        "problem": why,
        "attempts": attempts,
    }
    return _write(session, submission, values | {"lease_token": None, "lease_until": None})


def give_up(session: Session, submission: IntakeSubmission, at: datetime, why: str) -> None:
    """Stop trying and notify the admins; what was entered stays."""
    values = {"state": SubmissionState.DEAD, "problem": why, "finished_at": at}
    if not _write(session, submission, values | {"lease_token": None, "lease_until": None}):
        return
    mine = and_(IntakeForm.tenant_id == submission.tenant_id, IntakeForm.id == submission.form_id)
    form = session.scalar(select(IntakeForm.name).where(mine)) or ""
    words = tr(DEAD_WORDS, form=form, why=why)
    notify_admins(session, submission.tenant_id, Notice(tr(DEAD_TITLE), words))


def _write(session: Session, submission: IntakeSubmission, values: dict[str, Any]) -> bool:
    mine = and_(
        IntakeSubmission.tenant_id == submission.tenant_id,
        IntakeSubmission.id == submission.id,
        IntakeSubmission.lease_token == submission.lease_token,
    )
    stored = encrypt_values(session, IntakeSubmission, submission.tenant_id, values)
    statement = update(IntakeSubmission).where(mine).values(stored)
    done: Any = session.execute(statement.execution_options(synchronize_session=False))
    return int(done.rowcount) > 0
