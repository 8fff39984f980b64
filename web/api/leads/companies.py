"""companies: the organizations that Pipedrive told of, as the token's user may see them there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pydantic import Field

from bot.text.changes import title_of, value_of
from models.clock import now
from models.leads.organizations import (
    KnownOrganization,
    count_open,
    get_organization,
    list_organizations,
)
from models.leads.queries import LeadView, view_of
from models.pipedrive.name_refs import refs_in
from models.stalled.queries import names_for
from models.stalled.track import DEAL, LEAD
from web.api.paging import Page, page_of_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Id, ListParams, Moment, Out

COMPANIES: Final = Routes("companies", "read:leads", "write:leads")
PATH: Final = "/companies"


class CompanyParams(ListParams):
    """Which organizations: those that have all the words of `q` in their names."""

    q: str = Field("", max_length=200)


class CompanyOut(Out):
    """An organization of Pipedrive. `size` is how many people work there, None where nobody entered it."""

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
    return page_of_list(call.params, found, lambda shown: [CompanyOut(**each) for each in _draw(call, shown)])


@COMPANIES.get(f"{PATH}/<id>", summary="Show an organization", data=WholeCompanyOut)
def show_one(call: ApiCall) -> WholeCompanyOut:
    view = _view(call)
    found = get_organization(view, call.actor, call.id)
    counts, (drawn,) = count_open(view, found.id), _draw(call, [found])
    return WholeCompanyOut(**drawn, open_deals=counts[DEAL], open_leads=counts[LEAD])


def _view(call: ApiCall) -> LeadView:
    return view_of(call.session, call.actor, now())


def _draw(call: ApiCall, organizations: Sequence[KnownOrganization]) -> list[dict[str, Any]]:
    wanted = {pair for each in organizations for pair in refs_in(each.known.change)}
    names = names_for(call.session, call.tenant_id, wanted)
    drawn = []
    for each in organizations:
        change = each.known.change
        size = change.after.get("employee_count")
        texts = {name: value_of(change, names, name) for name in ("address", "website", "industry", "owner")}
        drawn.append(
            {
                **texts,
                "id": each.id,
                "name": title_of(change, names),
                "size": size if isinstance(size, int) else None,
                "changed_at": each.known.changed_at,
            }
        )
    return drawn
