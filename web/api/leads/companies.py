"""companies: the organizations of Pipedrive, as the token's user may see and make them there."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any, Final

from pydantic import Field

from bot.text.changes import title_of
from bot.text.field_values import field_text
from models.clock import now
from models.leads.new_organization import create_organization
from models.leads.organizations import (
    KnownOrganization,
    count_open,
    get_organization,
    list_organizations,
)
from models.leads.queries import LeadView, view_of
from models.pipedrive.entity import ENTITIES
from models.pipedrive.name_refs import refs_in
from models.pipedrive.readable import fold_name
from models.stalled.queries import names_for
from models.stalled.track import DEAL, LEAD
from web.api.leads.new_company import CompanyBody, MadeCompanyOut, follow_creation
from web.api.paging import Page, page_of_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Id, ListParams, Moment, Out

COMPANIES: Final = Routes("companies", "read:leads", "write:leads")
PATH: Final = "/companies"
_TEXTS: Final = ("address", "website", "industry", "owner")
_FIELDS: Final = ENTITIES["organization"].fields


class CompanyParams(ListParams):
    """Which organizations: those that have all the words of `q` in their names.

    `industry` is the whole text as it is answered. One whose size nobody entered is of no size.
    """

    q: str = Field("", max_length=200)
    industry: str = Field("", max_length=100)
    least_size: int | None = Field(None, ge=0)
    most_size: int | None = Field(None, ge=0)


class CompanyOut(Out):
    """An organization of Pipedrive. `size` is how many people work there, None where nobody entered it.

    `industry` is what Pipedrive tells: the name of an industry, or the id of an option.
    """

    id: Id
    name: str
    address: str
    website: str
    industry: str
    size: int | None
    owner: str
    changed_at: Moment


class WholeCompanyOut(CompanyOut):
    """An organization, and how many open deals and leads of it the token's user may see."""

    open_deals: int
    open_leads: int


@COMPANIES.get(PATH, summary="List organizations", data=CompanyOut, params=CompanyParams, is_list=True)
def list_all(call: ApiCall) -> Page:
    found = list_organizations(_view(call), call.actor, call.params.q.split())
    return page_of_list(
        call.params,
        _fitting(call, found),
        lambda shown: [CompanyOut(**each) for each in _draw(call, shown)],
    )


def _fitting(call: ApiCall, found: Sequence[KnownOrganization]) -> list[KnownOrganization]:
    """Return the organizations of the industry and the size that are asked for."""
    params: CompanyParams = call.params
    least, most = params.least_size, params.most_size
    kept = list(found)
    if least is not None or most is not None:
        sizes = [(each, _size(each)) for each in found]
        kept = [
            each
            for each, size in sizes
            if size is not None and (least or 0) <= size and (most is None or size <= most)
        ]
    if params.industry:
        drawn = _draw(call, kept)
        wanted = fold_name(params.industry)
        kept = [each for each, out in zip(kept, drawn, strict=True) if fold_name(out["industry"]) == wanted]
    return kept


def _size(each: KnownOrganization) -> int | None:
    size = each.known.change.after.get("employee_count")
    return size if isinstance(size, int) else None


@COMPANIES.get(f"{PATH}/<id>", summary="Show an organization", data=WholeCompanyOut)
def show_one(call: ApiCall) -> WholeCompanyOut:
    view = _view(call)
    found = get_organization(view, call.actor, call.id)
    counts, (drawn,) = count_open(view, found.id), _draw(call, [found])
    return WholeCompanyOut(**drawn, open_deals=counts[DEAL], open_leads=counts[LEAD])


@COMPANIES.post(
    PATH,
    summary="Make an organization in Pipedrive",
    data=MadeCompanyOut,
    body=CompanyBody,
    status=201,
    follow=follow_creation,
)
def make(call: ApiCall) -> MadeCompanyOut:
    body = call.body
    action = create_organization(call.session, call.actor, body.name, body.owner_id, uuid.uuid4().hex)
    return MadeCompanyOut(id=None, name=str(action.fields["name"]), action_id=action.id, state=action.state)


def _view(call: ApiCall) -> LeadView:
    return view_of(call.session, call.actor, now())


def _draw(call: ApiCall, organizations: Sequence[KnownOrganization]) -> list[dict[str, Any]]:
    wanted = {pair for each in organizations for pair in refs_in(each.known.change)}
    names = names_for(call.session, call.tenant_id, wanted)
    drawn = []
    for each in organizations:
        change = each.known.change
        texts = {name: field_text(_FIELDS[name], change.state, names) for name in _TEXTS}
        drawn.append(
            {
                **texts,
                "id": each.id,
                "name": title_of(change, names),
                "size": _size(each),
                "changed_at": each.known.changed_at,
            }
        )
    return drawn
