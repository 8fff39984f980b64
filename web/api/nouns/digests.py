"""What comes to a space or a person at its time: digests of what is not urgent, and reports."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

from pydantic import Field

from models.accounts.permissions import require
from models.accounts.queries import get_tenant
from models.accounts.rights import Action
from models.attention.digests import count_gathered_for, open_digests, send_now, set_digest, switch_off
from models.attention.mutes import MuteTarget
from models.attention.schedule import MONDAY, MORNING, Schedule
from models.attention.scheduled_reports import ReportDraft, list_schedules, stop_schedule, target_of
from models.attention.windows import place_names, place_target
from models.clock import now
from models.errors import NotFound
from models.rules_file import field_types as types
from models.sales_reports.reader import pipeline_names
from models.sales_reports.scheduled import schedule_report
from models.tables.attention import Digest, Every, MuteScope
from models.tables.reports import ReportEvery, ReportSchedule
from web.api.paging import Page, page_of_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Id, ListParams, Moment, Out

DIGESTS: Final = Routes("digests", "read:settings", "write:settings")
REPORTS: Final = Routes("reports", "read:settings", "write:settings")
PATH: Final = "/admin/digests"
REPORTS_PATH: Final = "/admin/reports"


class DigestBody(Body):
    """The digest of a space or of oneself; `at` is by the clock of `timezone`, the team's if unset."""

    scope: Literal["space", "user"]
    space: str | None = Field(None, max_length=255)
    every: Literal["hourly", "daily", "weekly"]
    at: types.Time = MORNING
    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = MONDAY
    timezone: types.Timezone | None = None


class DigestOut(Out):
    """A digest: when its next card is due, and how many events wait for it."""

    id: Id
    scope: str
    space: str | None
    user: str | None
    every: str
    at: str
    day: str
    timezone: str
    due_at: Moment
    gathered: int


class SentNow(Out):
    """How many events were gathered and are sent as one card."""

    count: int


@DIGESTS.get(PATH, summary="List digests", data=DigestOut, params=ListParams, is_list=True)
def list_digests(call: ApiCall) -> Page:
    return page_of_list(call.params, _readable(call), lambda shown: _draw_all(call, shown))


@DIGESTS.put(PATH, summary="Set the digest of a place", data=DigestOut, body=DigestBody)
@DIGESTS.post(PATH, summary="Set the digest of a place", data=DigestOut, body=DigestBody)
def put_digest(call: ApiCall) -> DigestOut:
    body: DigestBody = call.body
    place = place_target(call.session, call.actor, body.scope, space=body.space or "")
    zone = body.timezone or get_tenant(call.session, call.tenant_id).timezone
    schedule = Schedule(Every(body.every), body.at, body.day)
    return _draw_all(call, [set_digest(call.session, call.actor, place, schedule, zone, now())])[0]


@DIGESTS.delete(f"{PATH}/<id>", summary="Switch a digest off", data=DigestOut)
def remove_digest(call: ApiCall) -> DigestOut:
    found = _digest(call)
    answer = _draw_all(call, [found])[0]
    switch_off(call.session, call.actor, _place_of(found), now())
    call.wake = True
    return answer


@DIGESTS.post(f"{PATH}/<id>/send", summary="Send what was gathered now", data=SentNow)
def send_digest(call: ApiCall) -> SentNow:
    count = send_now(call.session, call.actor, _place_of(_digest(call)), now())
    call.wake = True
    return SentNow(count=count)


def _readable(call: ApiCall) -> list[Digest]:
    """Return the digests that the caller may read: not those of other people, unless they change all."""
    require(call.session, call.actor, Action.OVERVIEW_READ)
    sees_all, me = call.actor.may(Action.ATTENTION_CHANGE), call.actor.user_id
    found = open_digests(call.session, call.tenant_id)
    return [each for each in found if sees_all or each.user_id in (None, me)]


def _digest(call: ApiCall) -> Digest:
    found = next((each for each in _readable(call) if each.id == call.id), None)
    if found is None:
        raise NotFound
    return found


def _place_of(digest: Digest) -> MuteTarget:
    return MuteTarget(MuteScope(digest.scope), digest.space_id, digest.user_id)


def _draw_all(call: ApiCall, found: Sequence[Digest]) -> list[DigestOut]:
    spaces, users = place_names(call.session, call.tenant_id)
    return [
        DigestOut(
            id=each.id,
            scope=each.scope,
            space=None if each.space_id is None else spaces.get(each.space_id),
            user=None if each.user_id is None else users.get(each.user_id),
            every=each.every,
            at=each.clock,
            day=each.day,
            timezone=each.timezone,
            due_at=each.due_at,
            gathered=count_gathered_for(call.session, each),
        )
        for each in found
    ]


class ReportBody(Body):
    """A report to a space or to oneself; `at` is by the clock of `timezone`, the team's if unset.

    `day` is for a weekly one; a monthly one comes on the first. It replaces the one that came as often there:
    a report on cards any other on cards, a sales report (such as `pipeline`) only the same one of the same
    pipeline. `pipeline` is its name or its id, for a sales report of one pipeline only.
    """

    scope: Literal["space", "user"]
    space: str | None = Field(None, max_length=255)
    every: Literal["daily", "weekly", "monthly"]
    at: types.Time = MORNING
    day: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = MONDAY
    by: Literal["rule", "space", "person", "day", "pipeline", "leaders", "funnel", "response"] = "rule"
    pipeline: str = Field("", max_length=100)
    timezone: types.Timezone | None = None


class ReportOut(Out):
    """A scheduled report, and when the next one is due."""

    id: Id
    scope: str
    space: str | None
    user: str | None
    every: str
    at: str
    day: str
    by: str
    pipeline: str
    timezone: str
    due_at: Moment


@REPORTS.get(REPORTS_PATH, summary="List scheduled reports", data=ReportOut, params=ListParams, is_list=True)
def list_reports(call: ApiCall) -> Page:
    found = list_schedules(call.session, call.actor)
    return page_of_list(call.params, found, lambda shown: _draw_reports(call, shown))


@REPORTS.put(REPORTS_PATH, summary="Schedule a report", data=ReportOut, body=ReportBody)
@REPORTS.post(REPORTS_PATH, summary="Schedule a report", data=ReportOut, body=ReportBody)
def put_report(call: ApiCall) -> ReportOut:
    body: ReportBody = call.body
    place = place_target(call.session, call.actor, body.scope, space=body.space or "")
    zone = body.timezone or get_tenant(call.session, call.tenant_id).timezone
    draft = ReportDraft(ReportEvery(body.every), body.at, body.day, body.by, body.pipeline)
    return _draw_reports(call, [schedule_report(call.session, call.actor, place, draft, zone, now())])[0]


@REPORTS.delete(f"{REPORTS_PATH}/<id>", summary="Stop a scheduled report", data=ReportOut)
def stop_report(call: ApiCall) -> ReportOut:
    return _draw_reports(call, [stop_schedule(call.session, call.actor, call.id)])[0]


def _draw_reports(call: ApiCall, found: Sequence[ReportSchedule]) -> list[ReportOut]:
    spaces, users = place_names(call.session, call.tenant_id)
    pipelines = pipeline_names(call.session, call.tenant_id)
    return [
        ReportOut(
            id=each.id,
            scope=target_of(each).scope,
            space=None if each.space_id is None else spaces.get(each.space_id),
            user=None if each.user_id is None else users.get(each.user_id),
            every=each.every,
            at=each.clock,
            day=each.day,
            by=each.by,
            pipeline=pipelines.get(each.pipeline, each.pipeline),
            timezone=each.timezone,
            due_at=each.due_at,
        )
        for each in found
    ]
