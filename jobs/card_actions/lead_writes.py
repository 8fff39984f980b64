"""The two writes about leads that take several calls: making one, and making a deal of one.

Whatever stops in between, the next attempt finds what is there: a person by their e-mail, an organization by
its name, both also by the moment, a lead by its title and the moment, a conversion by its id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from jobs.leads.contacts import NewPerson, id_of, is_added_since, make_organization, make_person
from jobs.to_pipedrive.api import PipedriveApi
from models.card_actions.echoes import same_text, same_value
from models.card_actions.work import ClaimedAction
from models.errors import InvalidRequest, NotFound
from models.languages.translate import marked
from models.pipedrive.deal_leads import SOURCE_LEAD
from models.pipedrive.name_refs import id_key

COMPLETED: Final = "completed"
ENDED_BADLY: Final = ("failed", "rejected")
GONE: Final = marked("Pipedrive no longer has this lead: it was converted or deleted meanwhile.")
REFUSED: Final = marked("Pipedrive could not make a deal of this lead. Try it there.")


@dataclass(frozen=True, slots=True)
class Conversion:
    """How far a conversion got: `job` is Pipedrive's id of it, empty before it began; `deal_id` its deal."""

    job: str = ""
    deal_id: str = ""


def convert(api: PipedriveApi, action: ClaimedAction) -> Conversion:
    """Begin to make a deal of a lead, or look how far that got.

    Raises InvalidRequest where Pipedrive refuses it, or has the lead no more without a deal of it; and what
    calls raise.
    """
    if action.result_id:
        return _look(api, action.object_id, action.result_id)
    if action.is_repeat and (deal := _deal_of(api, action)):
        return Conversion(deal_id=deal)
    try:
        begun = api.convert_lead(action.object_id)
    except NotFound as gone:
        raise InvalidRequest(user_message=GONE) from gone
    return Conversion(job=str(begun.get("conversion_id") or ""))


def _look(api: PipedriveApi, lead_id: str, job: str) -> Conversion:
    found = api.conversion(lead_id, job)
    if found.get("status") in ENDED_BADLY:
        raise InvalidRequest(user_message=REFUSED)
    deal = id_key(found.get("deal_id")) or ""
    return Conversion(job, deal if found.get("status") == COMPLETED else "")


def _deal_of(api: PipedriveApi, action: ClaimedAction) -> str:
    """Return the deal that an earlier attempt made of the lead, empty if it made none."""
    for deal in api.deals_with_leads():
        if same_value(deal.get(SOURCE_LEAD), action.object_id):
            return id_key(deal.get("id")) or ""
    return ""


def create(api: PipedriveApi, action: ClaimedAction) -> str:
    """Make a lead with its person and organization; return its id. Raises what calls raise."""
    fields = action.fields
    if action.is_repeat and (there := _made_before(api, action)):
        _add_first_note(api, there, action)
        return there
    company = str(fields.get("organization") or "")
    tried_since = action.created_at if action.is_repeat else None
    organization = make_organization(api, company, tried_since) if company else ""
    person = _person(api, fields, organization, tried_since)
    about: dict[str, Any] = {"title": fields["title"]}
    about |= {"person_id": int(person)} if person else {}
    about |= {"organization_id": int(organization)} if organization else {}
    about |= {key: fields[key] for key in ("value", "owner_id", "expected_close_date") if fields.get(key)}
    made = id_of(api.add_lead(**about))
    _add_first_note(api, made, action)
    return made


def _add_first_note(api: PipedriveApi, lead_id: str, action: ClaimedAction) -> None:
    """Add the note of a new lead, unless an earlier attempt has."""
    note = str(action.fields.get("note") or "")
    if not (lead_id and note):
        return
    known = api.newest_notes(lead_id=lead_id) if action.is_repeat else ()
    if not any(same_text(each.get("content"), note) for each in known):
        api.add_note(note, lead_id=lead_id)


def _made_before(api: PipedriveApi, action: ClaimedAction) -> str:
    """Return the lead that an earlier attempt made: by whoever asked, since they asked, with this title."""
    for lead in api.newest_leads():
        is_ours = action.grant is None or same_value(lead.get("creator_id"), action.grant.pipedrive_user_id)
        is_new = is_added_since(lead, action.created_at)
        if is_ours and is_new and same_text(lead.get("title"), action.fields["title"]):
            return id_key(lead.get("id")) or ""
    return ""


def _person(
    api: PipedriveApi, fields: Mapping[str, Any], organization: str, tried_since: datetime | None
) -> str:
    name, email, phone = (str(fields.get(key) or "") for key in ("person_name", "email", "phone"))
    person = NewPerson(name, email, phone, organization)
    return make_person(api, person, tried_since) if name else ""
