"""routing, assignments and availability: which new leads go to whom, what they answer, who is away."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from models.accounts.permissions import require
from models.accounts.queries import list_users
from models.accounts.rights import Action
from models.clock import now
from models.routing.actions import (
    add_policy,
    change_policy,
    come_back,
    delete_policy,
    get_policy,
    go_away,
    switch_policy,
    undo_policy,
)
from models.routing.answers import accept, decline, offered_to
from models.routing.people import away_now
from models.routing.policies import PolicyDraft, PolicyPart, draft_of, policies_of
from models.routing.preview import try_policy
from models.routing.report import read_days, report_routing
from models.tables.routing import Assignment, RoutingMethod, RoutingPolicy
from web.api.errors import InvalidFields
from web.api.paging import Page, page_of_list
from web.api.routes import ApiCall, Routes
from web.api.routing.schemas import (
    AssignmentOut,
    AvailabilityBody,
    AvailabilityOut,
    DaysParams,
    DeclineBody,
    PartOut,
    PolicyBody,
    PolicyOut,
    PolicyPatch,
    RoutedCountOut,
    RoutingPreviewOut,
    RoutingReportOut,
    TriedOut,
)
from web.api.schemas import ListParams, read_time

ROUTING: Final = Routes("routing", "read:settings", "write:settings")
PATH: Final = "/admin/routing"
ASSIGNMENTS: Final = Routes("assignments", "read:leads", "write:leads")
ASSIGNED: Final = "/admin/assignments"
AVAILABILITY: Final = Routes("availability", "read:settings", "write:settings")
AVAILABLE: Final = "/admin/availability"


@ROUTING.get(PATH, summary="List routing policies", data=PolicyOut, params=ListParams, is_list=True)
def list_policies(call: ApiCall) -> Page:
    require(call.session, call.actor, Action.DEAL_READ)
    rows = policies_of(call.session, call.actor.tenant)
    return page_of_list(call.params, rows, lambda shown: [_draw(each) for each in shown])


@ROUTING.get(f"{PATH}/report", summary="How leads are answered", data=RoutingReportOut, params=DaysParams)
def report(call: ApiCall) -> RoutingReportOut:
    found = report_routing(call.session, call.actor, read_days(call.params.days, now()))
    return RoutingReportOut.model_validate(found)


@ROUTING.get(f"{PATH}/<id>", summary="Show a routing policy", data=PolicyOut)
def show_policy(call: ApiCall) -> PolicyOut:
    return _draw(get_policy(call.session, call.actor, call.id))


@ROUTING.post(PATH, summary="Add a routing policy", data=PolicyOut, body=PolicyBody, status=201)
def make_policy(call: ApiCall) -> PolicyOut:
    return _draw(add_policy(call.session, call.actor, _draft(call), now()))


@ROUTING.post(
    f"{PATH}/try", summary="Try a policy on last month's leads", data=RoutingPreviewOut, body=PolicyBody
)
def try_out(call: ApiCall) -> RoutingPreviewOut:
    """Nothing is changed."""
    preview = try_policy(call.session, call.actor, _draft(call), now())
    return RoutingPreviewOut(
        looked_at=preview.looked_at,
        counts=[RoutedCountOut(user_id=key, leads=count) for key, count in preview.counts.most_common()],
        leads=[TriedOut(lead_id=each.lead.id, user_id=each.user_id) for each in preview.leads],
    )


@ROUTING.put(f"{PATH}/<id>", summary="Change a routing policy", data=PolicyOut, body=PolicyBody)
def put_policy(call: ApiCall) -> PolicyOut:
    return _draw(change_policy(call.session, call.actor, call.id, _draft(call)))


@ROUTING.patch(f"{PATH}/<id>", summary="Switch a routing policy", data=PolicyOut, body=PolicyPatch)
def patch_policy(call: ApiCall) -> PolicyOut:
    return _draw(switch_policy(call.session, call.actor, call.id, is_on=call.body.enabled))


@ROUTING.post(f"{PATH}/<id>/undo", summary="Take the last change back", data=PolicyOut)
def undo(call: ApiCall) -> PolicyOut:
    return _draw(undo_policy(call.session, call.actor, call.id))


@ROUTING.delete(f"{PATH}/<id>", summary="Delete a routing policy", data=PolicyOut)
def remove_policy(call: ApiCall) -> PolicyOut:
    return _draw(delete_policy(call.session, call.actor, call.id))


@ASSIGNMENTS.get(
    ASSIGNED,
    summary="List the leads offered to the caller",
    data=AssignmentOut,
    params=ListParams,
    is_list=True,
)
def list_offered(call: ApiCall) -> Page:
    return page_of_list(call.params, offered_to(call.session, call.actor), _draw_assignments)


@ASSIGNMENTS.post(f"{ASSIGNED}/<id>/accept", summary="Accept a lead", data=AssignmentOut)
def accept_one(call: ApiCall) -> AssignmentOut:
    return _draw_assignments([accept(call.session, call.actor, call.id, now())])[0]


@ASSIGNMENTS.post(f"{ASSIGNED}/<id>/decline", summary="Decline a lead", data=AssignmentOut, body=DeclineBody)
def decline_one(call: ApiCall) -> AssignmentOut:
    return _draw_assignments([decline(call.session, call.actor, call.id, call.body.reason, now())])[0]


@AVAILABILITY.get(
    AVAILABLE, summary="List who is away", data=AvailabilityOut, params=ListParams, is_list=True
)
def list_away(call: ApiCall) -> Page:
    require(call.session, call.actor, Action.ATTENTION_SELF)
    away = away_now(call.session, call.actor.tenant, now())
    rows = [AvailabilityOut(id=key, until=until) for key, until in away.items()]
    return page_of_list(call.params, rows, lambda shown: shown)


@AVAILABILITY.put(AVAILABLE, summary="Get new leads, or none", data=AvailabilityOut, body=AvailabilityBody)
def set_available(call: ApiCall) -> AvailabilityOut:
    body, user_id = call.body, call.actor.user_id or 0
    if body.available:
        come_back(call.session, call.actor)
        return AvailabilityOut(id=user_id, until=now())
    until = read_time("until", body.until) if body.until is not None else None
    return AvailabilityOut(id=user_id, until=go_away(call.session, call.actor, until, now()).until)


def _draft(call: ApiCall) -> PolicyDraft:
    body, known = call.body, _People(call)
    parts = tuple(
        PolicyPart(known.find("parts", each.people), tuple(each.values), each.least) for each in body.parts
    )
    manager = known.find("manager_id", [body.manager_id])[0] if body.manager_id is not None else None
    members = known.find("members", body.members)
    return PolicyDraft(
        body.name,
        RoutingMethod(body.method),
        body.when,
        members,
        field=body.field,
        parts=parts,
        writes_owner=body.writes_owner,
        claim_minutes=body.claim_minutes,
        most_open=body.most_open,
        most_today=body.most_today,
        in_hours=body.in_hours,
        manager_id=manager,
        is_on=body.enabled,
    )


class _People:
    """The users of the caller's team, by id and by e-mail."""

    def __init__(self, call: ApiCall) -> None:
        users = list_users(call.session, call.actor.tenant)
        self._known = {str(user.id): user.id for user in users} | {user.email: user.id for user in users}

    def find(self, field: str, typed: Sequence[str]) -> tuple[int, ...]:
        """Return the ids of users. Raises InvalidFields for somebody unknown."""
        if any(each.strip().lower() not in self._known for each in typed):
            raise InvalidFields([(field, "must be ids or e-mail addresses of users")])
        return tuple(self._known[each.strip().lower()] for each in typed)


def _draw(row: RoutingPolicy) -> PolicyOut:
    draft = draft_of(row)
    drawn = {name: getattr(draft, name) for name in PolicyOut.model_fields if hasattr(draft, name)}
    parts = [
        PartOut(values=list(each.values), least=each.least, people=list(each.people)) for each in draft.parts
    ]
    own = {"id": row.id, "enabled": row.is_on, "created_at": row.created_at, "parts": parts}
    return PolicyOut(**{**drawn, "members": list(draft.members), **own})


def _draw_assignments(rows: Sequence[Assignment]) -> list[AssignmentOut]:
    return [AssignmentOut.model_validate(each) for each in rows]
