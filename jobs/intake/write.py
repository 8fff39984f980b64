"""The worker that makes a lead of what somebody entered in a form.

The row is the record. Its steps (organization, person, lead, note) each look what an earlier attempt left
before they write, and store the id in a transaction of their own, so that a worker that dies between any two
lines leaves one lead. It is written by the tenant's connection: whoever fills in a form is nobody's user.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bot.text.format import escape
from jobs.deliveries.retry import retry_after
from jobs.leads.contacts import NewPerson, id_of, is_added_since, make_organization, make_person
from jobs.leads.failures import describe_failure
from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.client import Pipedrive
from jobs.to_pipedrive.errors import wait_to_repeat
from jobs.to_pipedrive.staging import STAGING_WAITS
from models.card_actions.echoes import same_text
from models.chance import new_id
from models.clock import now
from models.database.engine import Database
from models.errors import DatabaseUnavailable, OutsideStaging, TemporaryFailure
from models.intake.work import (
    claim_submission,
    due_submissions,
    finish_submission,
    give_up,
    keep_step,
    lead_to_join,
    put_off,
)
from models.pipedrive.name_refs import id_key
from models.tables.leads import IntakeSubmission

NOTE_LETTERS: Final = 5000  # a line of a message is all of it, perhaps
LEASE: Final = timedelta(minutes=2)
TIMEOUT_S: Final = 10.0
JOIN_EVERY: Final = timedelta(seconds=5)

log = structlog.get_logger()


class SubmissionTaken(TemporaryFailure):
    """Raised when another worker has the submission, because this one was away for too long."""


class IntakeWriter:
    """One for each worker; several threads may call `step`."""

    def __init__(self, database: Database, pipedrive: Pipedrive) -> None:
        self._database = database
        self._pipedrive = pipedrive

    def step(self) -> bool:
        """Write one submission that is due; False when none was. Raises DatabaseUnavailable."""
        at = now()
        with self._database.reading_all() as session:
            due = due_submissions(session, at)
        for tenant_id, submission_id in due:
            with self._database.writing(tenant_id) as session:
                until = at + LEASE
                claimed = claim_submission(session, tenant_id, submission_id, new_id(), at, until)
            if claimed is not None:
                self._carry_out(claimed, until)
                return True
        return False

    def _carry_out(self, claimed: IntakeSubmission, until: datetime) -> None:
        if claimed.joined_id is not None and not claimed.lead_id and self._join(claimed):
            return
        try:
            self._pipedrive.as_tenant(
                claimed.tenant_id,
                lambda api: self._write(api, claimed),
                timeout_s=TIMEOUT_S,
                lease_until=until,
            )
        except (DatabaseUnavailable, SubmissionTaken):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again or given up
            self._fail(claimed, error)
            return
        with self._database.writing(claimed.tenant_id) as session:
            finish_submission(session, claimed, now())
        log.info("intake.done", tenant_id=claimed.tenant_id, submission_id=claimed.id)

    def _join(self, claimed: IntakeSubmission) -> bool:
        """Take over the lead of the earlier submission; return whether to wait for it."""
        with self._database.writing(claimed.tenant_id) as session:
            lead_id, waits = lead_to_join(session, claimed)
            if waits:
                put_off(session, claimed, now() + JOIN_EVERY, "", counts=False)
            elif lead_id:
                keep_step(session, claimed, lead_id=lead_id)
        claimed.lead_id = lead_id
        return waits

    def _write(self, api: PipedriveApi, claimed: IntakeSubmission) -> None:
        if not claimed.lead_id:
            if claimed.organization and not claimed.organization_id:
                self._keep(claimed, organization_id=_organization(api, claimed))
            if not claimed.person_id and (claimed.name or claimed.email):
                self._keep(claimed, person_id=_person(api, claimed))
            self._keep(claimed, lead_id=_lead(api, claimed))
        if claimed.message and not claimed.note_id:
            self._keep(claimed, note_id=_note(api, claimed))

    def _keep(self, claimed: IntakeSubmission, **ids: str) -> None:
        with self._database.writing(claimed.tenant_id) as session:
            if not keep_step(session, claimed, **ids):
                raise SubmissionTaken("another worker has the submission")
        for name, value in ids.items():
            setattr(claimed, name, value)

    def _fail(self, claimed: IntakeSubmission, error: Exception) -> None:
        """Let it be tried again by the ladder of deliveries, or give it up; what was entered is kept."""
        why, is_passing = describe_failure(error, submission_id=claimed.id)
        if isinstance(error, OutsideStaging):
            with self._database.writing(claimed.tenant_id) as session:
                put_off(session, claimed, now() + STAGING_WAITS, why, counts=False)
            return
        later = retry_after(claimed.attempts) if is_passing else None
        with self._database.writing(claimed.tenant_id) as session:
            if later is None:
                give_up(session, claimed, now(), why)
            else:
                put_off(session, claimed, now() + wait_to_repeat(error, later), why, counts=True)


def _organization(api: PipedriveApi, claimed: IntakeSubmission) -> str:
    return make_organization(api, claimed.organization, _tried_since(claimed))


def _person(api: PipedriveApi, claimed: IntakeSubmission) -> str:
    person = NewPerson(claimed.name, claimed.email, claimed.phone, claimed.organization_id)
    return make_person(api, person, _tried_since(claimed))


def _lead(api: PipedriveApi, claimed: IntakeSubmission) -> str:
    about: dict[str, Any] = {}
    about |= {"person_id": int(claimed.person_id)} if claimed.person_id else {}
    about |= {"organization_id": int(claimed.organization_id)} if claimed.organization_id else {}
    if _was_tried(claimed):
        for lead in api.newest_leads():
            is_same = same_text(lead.get("title"), claimed.title) and all(
                lead.get(name) == value for name, value in about.items()
            )
            if is_same and is_added_since(lead, claimed.created_at):
                return id_key(lead.get("id")) or ""
    return id_of(api.add_lead(title=claimed.title, **about))


def _note(api: PipedriveApi, claimed: IntakeSubmission) -> str:
    content = "<br>".join(escape(line, most=NOTE_LETTERS) for line in claimed.message.splitlines())
    if _was_tried(claimed):
        for note in api.newest_notes(lead_id=claimed.lead_id):
            if same_text(note.get("content"), content) and is_added_since(note, claimed.created_at):
                return id_key(note.get("id")) or ""
    return id_of(api.add_note(content, lead_id=claimed.lead_id))


def _tried_since(claimed: IntakeSubmission) -> datetime | None:
    return claimed.created_at if _was_tried(claimed) else None


def _was_tried(claimed: IntakeSubmission) -> bool:
    """Tell whether an earlier attempt may have written; “Try again” counts attempts anew."""
    return claimed.attempts > 1 or now() - claimed.created_at > LEASE
