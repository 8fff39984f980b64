"""leads: mirrored from Pipedrive, and written through to it as the token's user."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any, Final

from bot.card_actions.form import note_html
from bot.text.changes import title_of, value_of
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.card_actions.actions import Recorded
from models.clock import now
from models.errors import NotFound
from models.leads.actions import (
    NewLead,
    Via,
    assign_lead,
    claim_lead,
    convert_lead,
    create_lead,
    edit_lead,
    lose_lead,
    note_on_lead,
    set_status,
    snooze_lead,
)
from models.leads.history import HistoryLine, LinePlace, count_history, list_history
from models.leads.queries import (
    KnownLead,
    LeadFilter,
    LeadPlace,
    LeadView,
    activities_of,
    get_lead,
    list_leads,
    view_of,
)
from models.pipedrive.deal_leads import lead_key, source_of
from models.pipedrive.name_refs import refs_in
from models.pipedrive.names import NO_NAMES, Names
from models.stalled.queries import names_for
from models.tables.leads import LeadStatus
from web.api.leads.schemas import (
    AnalyticsParams,
    AssignBody,
    ChangedLeadOut,
    LeadActivityOut,
    LeadAnalyticsOut,
    LeadBody,
    LeadOut,
    LeadParams,
    LeadPatch,
    LineOut,
    SnoozeBody,
    WrittenOut,
)
from web.api.paging import Page, page_of, read_place, whole_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import ListParams, read_time

LEADS: Final = Routes("leads", "read:leads", "write:leads")
PATH: Final = "/leads"
MOST_ACTIVITIES: Final = 100
MOST_COUNTED: Final = 10_000


@LEADS.get(PATH, summary="List leads", data=LeadOut, params=LeadParams, is_list=True)
def list_all(call: ApiCall) -> Page:
    params, view = call.params, _view(call)
    owners = {"me": view.viewer_id or "-", "nobody": None, "": None}
    wanted = LeadFilter(
        words=tuple(params.q.split()),
        owner_id=owners.get(params.assignee, params.assignee),
        unassigned=params.assignee == "nobody",
        band=params.band,
        status=params.status,
        source=params.source,
        least_score=params.least_score,
        most_score=params.most_score,
        snoozed=params.snoozed,
        closed=None if params.status is not None else False,
    )
    after = read_place(params, LeadPlace.from_text)
    found = list_leads(view, wanted, limit=params.size + 1, offset=params.offset, after=after)
    return page_of(
        params, found.leads, found.total, lambda shown: _draw(call, shown), lambda lead: lead.place
    )


@LEADS.get(
    f"{PATH}/analytics",
    summary="Count the leads that came",
    data=LeadAnalyticsOut,
    params=AnalyticsParams,
)
def count_all(call: ApiCall) -> LeadAnalyticsOut:
    view = _view(call)
    since = view.at - timedelta(days=call.params.days)
    wanted = LeadFilter(closed=None, snoozed=None, added_since=since)
    return count_by_kind(list_leads(view, wanted, limit=MOST_COUNTED).leads)


@LEADS.get(f"{PATH}/<id>", summary="Show a lead", data=LeadOut)
def show_one(call: ApiCall) -> LeadOut:
    return _draw(call, [_lead(call)])[0]


@LEADS.post(PATH, summary="Make a lead in Pipedrive", data=WrittenOut, body=LeadBody, status=201)
def make(call: ApiCall) -> WrittenOut:
    body = call.body
    note = note_html(body.note) if (body.note or "").strip() else ""
    new = NewLead(
        body.title,
        body.person,
        body.email,
        body.phone,
        body.organization,
        body.value,
        body.currency,
        body.owner_id,
        note,
    )
    return _written(create_lead(call.session, call.actor, new, _via()))


@LEADS.put(f"{PATH}/<id>", summary="Change a lead in Pipedrive", data=ChangedLeadOut, body=LeadPatch)
def change(call: ApiCall) -> ChangedLeadOut:
    """Answer the lead as it is, and what becomes of what was asked for.

    A worker writes it, once the user has connected their own Pipedrive; it is in the lead's history then.
    """
    require(call.session, call.actor, Action.CARD_PRESS)
    lead, body = _lead(call), call.body
    fields = _changed(lead, body)
    steps: list[Callable[[], Recorded]] = []
    session, actor = call.session, call.actor
    if fields:
        steps.append(lambda: edit_lead(session, actor, lead, fields, _via()))
    if body.note is not None:
        content = note_html(body.note)
        steps.append(lambda: note_on_lead(session, actor, lead, content, _via()))
    if body.status is not None and body.status != lead.row.status:
        steps.append(lambda: set_status(session, actor, lead, body.status, _via()))
    written = [_written(each()) for each in steps]
    return ChangedLeadOut(**dict(_draw(call, [lead])[0]), written=written)


def _changed(lead: KnownLead, body: Any) -> dict[str, Any]:
    """Return the fields of a body that differ from the lead, as Pipedrive takes them."""
    present, fields = lead.state, {}
    if body.title not in (None, present.get("title")):
        fields["title"] = body.title
    currency = body.currency or present.get("currency") or "EUR"
    if body.value is not None and (body.value, currency) != (present.get("value"), present.get("currency")):
        fields["value"] = {"amount": body.value, "currency": currency}
    if body.expected_close_date not in (None, present.get("expected_close_date")):
        fields["expected_close_date"] = body.expected_close_date
    return fields


@LEADS.delete(f"{PATH}/<id>", summary="Archive a lead in Pipedrive", data=WrittenOut)
def archive(call: ApiCall) -> WrittenOut:
    return _written(lose_lead(call.session, call.actor, _lead(call), _via()))


@LEADS.post(f"{PATH}/<id>/assign", summary="Give or claim a lead", data=WrittenOut, body=AssignBody)
def assign(call: ApiCall) -> WrittenOut:
    owner = call.body.owner_id
    if owner == "me":
        return _written(claim_lead(call.session, call.actor, _lead(call), _via()))
    return _written(assign_lead(call.session, call.actor, _lead(call), owner, _via()))


@LEADS.post(f"{PATH}/<id>/snooze", summary="Put a lead off", data=WrittenOut, body=SnoozeBody)
def snooze(call: ApiCall) -> WrittenOut:
    until, reason = read_time("until", call.body.until), call.body.reason
    return _written(snooze_lead(call.session, call.actor, _lead(call), until, reason, _via()))


@LEADS.post(f"{PATH}/<id>/convert", summary="Make a deal of a lead", data=WrittenOut)
def convert(call: ApiCall) -> WrittenOut:
    return _written(convert_lead(call.session, call.actor, _lead(call), _via()))


@LEADS.get(
    f"{PATH}/<id>/history",
    summary="What happened to a lead",
    data=LineOut,
    params=ListParams,
    is_list=True,
)
def list_lines(call: ApiCall) -> Page:
    lead, params = _lead(call), call.params
    after = read_place(params, LinePlace.from_text)
    limit, offset = params.size + 1, params.offset
    found = list_history(call.session, lead.ref, limit=limit, offset=offset, after=after)
    total = count_history(call.session, lead.ref)
    return page_of(params, found, total, lambda shown: map(_line, shown), lambda line: line.place)


@LEADS.get(
    f"{PATH}/<id>/activities", summary="List the activities of a lead", data=LeadActivityOut, is_list=True
)
def list_activities(call: ApiCall) -> Page:
    found = activities_of(_view(call), _lead(call), limit=MOST_ACTIVITIES)
    rows = [
        LeadActivityOut(
            id=each.id,
            subject=title_of(each.change, NO_NAMES),
            done=each.change.after.get("done") in (True, 1),
            changed_at=each.changed_at,
        )
        for each in found
    ]
    return whole_list(rows)


def count_by_kind(leads: Sequence[KnownLead]) -> LeadAnalyticsOut:
    """Count leads by what they are."""
    statuses = {str(each): 0 for each in LeadStatus}
    bands: dict[str, int] = {}
    sources: dict[str, int] = {}
    for each in leads:
        statuses[each.row.status] += 1
        bands[each.row.band] = bands.get(each.row.band, 0) + 1
        source = source_of(each.row.entity, each.state)
        sources[source] = sources.get(source, 0) + 1
    share = 100 * statuses[LeadStatus.CONVERTED] / len(leads) if leads else 0.0
    return LeadAnalyticsOut(
        total=len(leads),
        by_status=statuses,
        by_band=bands,
        by_source=sources,
        converted_percent=round(share, 1),
    )


def _view(call: ApiCall) -> LeadView:
    require(call.session, call.actor, Action.DEAL_READ)
    return view_of(call.session, call.actor, now())


def _lead(call: ApiCall) -> KnownLead:
    found = get_lead(_view(call), call.ids["id"])
    if found is None:
        raise NotFound
    return found


def _via() -> Via:
    return Via(uuid.uuid4().hex)


def _written(done: Recorded) -> WrittenOut:
    action = done.action
    key = lead_key(action.entity, action.object_id)
    return WrittenOut(action_id=action.id, outcome=done.outcome, state=action.state, lead_id=key)


def _line(line: HistoryLine) -> LineOut:
    return LineOut(id=line.id, at=line.at, what=line.what, who=line.who, details=line.details)


def _draw(call: ApiCall, leads: Sequence[KnownLead]) -> list[LeadOut]:
    wanted = {pair for each in leads for pair in refs_in(each.known.change)}
    names = names_for(call.session, call.tenant_id, wanted)
    return [_lead_out(each, names) for each in leads]


def _lead_out(lead: KnownLead, names: Names) -> LeadOut:
    change, row = lead.known.change, lead.row
    owner, person, company = (value_of(change, names, key) for key in ("owner", "person", "organization"))
    worth = lead.state.get("value")
    return LeadOut(
        id=lead.id,
        title=title_of(change, names),
        status=row.status,
        score=row.score,
        band=row.band,
        owner_id=row.owner_id,
        owner=owner,
        person=person,
        organization=company,
        source=source_of(row.entity, lead.state),
        value=worth if isinstance(worth, int | float) else None,
        currency=str(lead.state.get("currency") or ""),
        added_at=row.added_at,
        changed_at=row.changed_at,
        contacted_at=row.contacted_at,
        snoozed_until=row.snoozed_until,
        snooze_reason=row.snooze_reason,
        deal_id=lead.deal_id,
        pipeline=value_of(change, names, "pipeline") if lead.is_deal else "",
        stage=value_of(change, names, "stage") if lead.is_deal else "",
        open=row.is_open,
    )
