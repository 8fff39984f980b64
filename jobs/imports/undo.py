"""Takes back what a row of an import made: only what is as it was made, and what nothing else belongs to."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.calls import Item
from models.database.engine import Database
from models.errors import NotFound
from models.imports.work import ClaimedRow, has_left_row
from models.languages.translate import marked, tr
from models.pipedrive.imported import origin_of
from models.pipedrive.name_refs import id_key

LEAD: Final = "lead"
PERSON: Final = "person"
ORGANIZATION: Final = "organization"
CHANGES_BY_ITSELF: Final = ("update_time", "was_seen", "next_activity_id")
LEAD_STAYS: Final = marked("The lead stays: somebody changed it, or added something to it.")
PERSON_STAYS: Final = marked("The person stays: somebody changed it, or something else belongs to it.")
ORGANIZATION_STAYS: Final = marked(
    "The organization stays: somebody changed it, or something else belongs to it."
)
OF_PERSON: Final = ("lead", "deal", "activity", "note")
OF_ORGANIZATION: Final = (*OF_PERSON, "person")


def fingerprint(item: Item) -> str:
    """Return a fingerprint of what people can change of something, the same for each way to read it."""
    plain = {key: value for key, value in item.items() if value and key not in CHANGES_BY_ITSELF}
    written = json.dumps(plain, sort_keys=True, default=str)
    return hashlib.sha256(written.encode("utf-8", "replace")).hexdigest()[:32]


def imported_lead(api: PipedriveApi, claimed: ClaimedRow) -> Item | None:
    """Return the lead that an earlier attempt made of a row, None if it made none."""
    row = claimed.row
    about = {"person_id": row.person_id, "organization_id": row.organization_id}
    name = next((name for name, key in about.items() if key), None)
    origin = origin_of(claimed.import_id, row.id, routes=claimed.routes)
    newest = api.newest_leads(**({name: about[name]} if name else {}))
    return next((lead for lead in newest if lead.get("origin_id") == origin), None)


def undo_row(api: PipedriveApi, database: Database, claimed: ClaimedRow) -> str:
    """Delete what a row made; return why something stays, empty if nothing does. Raises what calls raise."""
    row = claimed.row
    found = imported_lead(api, claimed) if not row.lead_id else None
    lead_id = row.lead_id or (id_key(found.get("id")) if found else "") or ""
    mark = str(row.marks.get(LEAD) or (fingerprint(found) if found else ""))
    if lead_id and not _delete_lead(api, lead_id, mark, row.note_id):
        return tr(LEAD_STAYS)
    with database.reading(claimed.tenant_id) as session:
        person_stays = has_left_row(session, claimed, person_id=row.person_id)
        organization_stays = has_left_row(session, claimed, organization_id=row.organization_id)
    reasons = []
    if PERSON in row.marks and (person_stays or not _delete_person(api, row.person_id, row.marks[PERSON])):
        reasons.append(tr(PERSON_STAYS))
    if ORGANIZATION in row.marks and (
        organization_stays or not _delete_organization(api, row.organization_id, row.marks[ORGANIZATION])
    ):
        reasons.append(tr(ORGANIZATION_STAYS))
    return " ".join(reasons)


def _delete_lead(api: PipedriveApi, lead_id: str, mark: str, note_id: str) -> bool:
    """Delete a lead; False if it is not as it was made. One that is gone counts as deleted."""
    try:
        lead = api.lead(lead_id)
        notes = {id_key(note.get("id")) for note in api.newest_notes(lead_id=lead_id)}
        if fingerprint(lead) != mark or notes - {note_id} or lead.get("next_activity_id"):
            return False
        api.delete_lead(lead_id)
    except NotFound:
        pass
    return True


def _delete_person(api: PipedriveApi, person_id: str, mark: str) -> bool:
    for person in api.persons([person_id]):
        if person.get("is_deleted") is True:
            continue
        is_used = any(api.has_any(each, person_id=person_id) for each in OF_PERSON)
        if is_used or fingerprint(person) != mark:
            return False
        api.delete_person(person_id)
    return True


def _delete_organization(api: PipedriveApi, organization_id: str, mark: str) -> bool:
    for organization in api.organizations([organization_id]):
        if organization.get("is_deleted") is True:
            continue
        if fingerprint(organization) != mark or _is_used(api, organization_id):
            return False
        api.delete_organization(organization_id)
    return True


def _is_used(api: PipedriveApi, organization_id: str) -> bool:
    """Tell whether something belongs to an organization; leads name it by another word than the rest."""
    return any(
        api.has_any(each, **{"organization_id" if each == "lead" else "org_id": organization_id})
        for each in OF_ORGANIZATION
    )
