"""The worker that writes imported leads, one row after the other, within a part of the budget of calls.

The row is the record. Its steps (organization, person, lead, note) each look what an earlier attempt left
before they write, and store the id in a transaction of their own, so that a worker that dies between any two
lines leaves one lead. Presses and forms of the same team come first.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from bot.text.format import escape
from jobs.deliveries.retry import LADDER, retry_after
from jobs.imports.undo import LEAD, ORGANIZATION, PERSON, fingerprint, imported_lead, undo_row
from jobs.leads.contacts import (
    NewPerson,
    add_person,
    added_organization,
    added_person,
    find_organization,
    find_person,
    id_of,
)
from jobs.leads.failures import describe_failure
from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.client import Pipedrive, Spending
from jobs.to_pipedrive.errors import wait_to_repeat
from jobs.to_pipedrive.oauth import NeedsReauth, NotConnected
from jobs.to_pipedrive.staging import STAGING_WAITS
from models.card_actions.echoes import same_text
from models.chance import new_id
from models.clock import now
from models.database.engine import Database
from models.errors import DatabaseUnavailable, OutsideStaging, RateLimited, TemporaryFailure
from models.imports.lead_rows import ImportedLead, read_lead
from models.imports.work import (
    ClaimedRow,
    claim_row,
    due_imports,
    keep_row,
    known_organization,
    known_person,
    put_off_import,
    settle_row,
)
from models.pipedrive.imported import origin_of
from models.tables.imports import ImportRowState

NOTE_LETTERS: Final = 5000
LEASE: Final = timedelta(minutes=3)
TIMEOUT_S: Final = 10.0
PACE: Final = timedelta(seconds=1)
PACED: Final = Spending(share=0.5, paces_writes=True)  # the rest is for cards and presses
MOST_ATTEMPTS: Final = LADDER.index(2 * 60 * 60)  # the others wait for the row meanwhile
RECONNECT: Final = timedelta(minutes=15)

log = structlog.get_logger()


class ImportTaken(TemporaryFailure):
    """Raised when another worker has the import, because this one was away for too long."""


class ImportWriter:
    """One for each worker; several threads may call `step`."""

    def __init__(self, database: Database, pipedrive: Pipedrive) -> None:
        self._database = database
        self._pipedrive = pipedrive

    def step(self) -> bool:
        """Write or undo one row of an import that is due; False when none was. Raises DatabaseUnavailable."""
        at = now()
        with self._database.reading_all() as session:
            due = due_imports(session, at)
        for tenant_id, import_id in due:
            with self._database.writing(tenant_id) as session:
                claimed = claim_row(session, tenant_id, import_id, new_id(), at, at + LEASE)
            if claimed is not None:
                self._carry_out(claimed, at + LEASE)
                return True
        return False

    def _carry_out(self, claimed: ClaimedRow, until: datetime) -> None:
        def work(api: PipedriveApi) -> tuple[str, str]:
            return self._undo(api, claimed) if claimed.undoes else self._write(api, claimed)

        try:
            state, reason = self._pipedrive.as_tenant(
                claimed.tenant_id, work, spending=PACED, timeout_s=TIMEOUT_S, lease_until=until
            )
        except (DatabaseUnavailable, ImportTaken):
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again or given up
            self._fail(claimed, error)
            return
        with self._database.writing(claimed.tenant_id) as session:
            settle_row(session, claimed, now() + PACE, state, reason)

    def _write(self, api: PipedriveApi, claimed: ClaimedRow) -> tuple[str, str]:
        row, lead = claimed.row, read_lead(claimed.row.cells, claimed.columns, claimed.currency)
        if lead.organization and not row.organization_id and not row.lead_id:
            self._keep(claimed, **self._organization(api, claimed, lead))
        if (lead.name or lead.email) and not row.person_id and not row.lead_id:
            self._keep(claimed, **self._person(api, claimed, lead))
        if not row.lead_id:
            self._keep(claimed, **_lead(api, claimed, lead))
        if lead.note and not row.note_id:
            self._keep(claimed, note_id=_note(api, claimed, lead))
        return ImportRowState.DONE, ""

    def _undo(self, api: PipedriveApi, claimed: ClaimedRow) -> tuple[str, str]:
        reason = undo_row(api, self._database, claimed)
        return (ImportRowState.LEFT if reason else ImportRowState.UNDONE), reason

    def _organization(self, api: PipedriveApi, claimed: ClaimedRow, lead: ImportedLead) -> dict[str, Any]:
        with self._database.reading(claimed.tenant_id) as session:
            known = known_organization(session, claimed)
        known = known or added_organization(api, lead.organization, _tried_since(claimed))
        if known := known or find_organization(api, lead.organization):
            return {"organization_id": known}
        made = api.add_organization(name=lead.organization)
        marks = claimed.row.marks | {ORGANIZATION: fingerprint(made)}
        return {"organization_id": id_of(made), "marks": marks}

    def _person(self, api: PipedriveApi, claimed: ClaimedRow, lead: ImportedLead) -> dict[str, Any]:
        with self._database.reading(claimed.tenant_id) as session:
            known = known_person(session, claimed) if lead.email else ""
        person = NewPerson(lead.name, lead.email, lead.phone, claimed.row.organization_id)
        known = known or added_person(api, person, _tried_since(claimed))
        if known := known or find_person(api, lead.email):
            return {"person_id": known}
        made = add_person(api, person)
        return {"person_id": id_of(made), "marks": claimed.row.marks | {PERSON: fingerprint(made)}}

    def _keep(self, claimed: ClaimedRow, **values: Any) -> None:
        with self._database.writing(claimed.tenant_id) as session:
            if not keep_row(session, claimed, **values):
                raise ImportTaken("another worker has the import")
        for name, value in values.items():
            setattr(claimed.row, name, value)

    def _fail(self, claimed: ClaimedRow, error: Exception) -> None:
        """Put the import off as long as it may help; else give this row up, and go on with the next."""
        why, is_passing = describe_failure(error, import_id=claimed.import_id, row_id=claimed.row.id)
        at = now()
        with self._database.writing(claimed.tenant_id) as session:
            if isinstance(error, RateLimited):
                wait = timedelta(seconds=max(error.retry_after or 0.0, 1.0))
                put_off_import(session, claimed, at + wait, why, counts=False)
            elif isinstance(error, OutsideStaging):
                put_off_import(session, claimed, at + STAGING_WAITS, why, counts=False)
            elif isinstance(error, NotConnected | NeedsReauth):
                put_off_import(session, claimed, at + RECONNECT, why, counts=False)
            elif is_passing and claimed.row.attempts <= MOST_ATTEMPTS:
                wait = wait_to_repeat(error, retry_after(claimed.row.attempts) or RECONNECT)
                put_off_import(session, claimed, at + wait, why, counts=True)
            else:
                state = ImportRowState.LEFT if claimed.undoes else ImportRowState.FAILED
                settle_row(session, claimed, at, state, why)


def _tried_since(claimed: ClaimedRow) -> datetime | None:
    return claimed.row.started_at if claimed.was_tried else None


def _lead(api: PipedriveApi, claimed: ClaimedRow, lead: ImportedLead) -> dict[str, Any]:
    row = claimed.row
    made = imported_lead(api, claimed) if claimed.was_tried else None
    if made is None:
        about: dict[str, Any] = {"title": lead.title}
        about |= {"person_id": int(row.person_id)} if row.person_id else {}
        about |= {"organization_id": int(row.organization_id)} if row.organization_id else {}
        if lead.value is not None:
            about["value"] = {"amount": lead.value, "currency": lead.currency}
        origin = origin_of(claimed.import_id, row.id, routes=claimed.routes)
        made = api.add_lead(**about, origin_id=origin)
    return {"lead_id": id_of(made), "marks": row.marks | {LEAD: fingerprint(made)}}


def _note(api: PipedriveApi, claimed: ClaimedRow, lead: ImportedLead) -> str:
    content = "<br>".join(escape(line, most=NOTE_LETTERS) for line in lead.note.splitlines())
    if claimed.was_tried:
        for note in api.newest_notes(lead_id=claimed.row.lead_id):
            if same_text(note.get("content"), content):
                return id_of(note)
    return id_of(api.add_note(content, lead_id=claimed.row.lead_id))
