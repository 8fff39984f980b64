"""nudges: what the caller is asked to mend in their deals, how the team does, and what is asked at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, Final

from pydantic import Field

from bot.text.changes import title_of
from bot.text.nudges import line_text
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.clock import now
from models.nudges.cards import NudgeView, own_card
from models.nudges.facts import NudgeLimits
from models.nudges.settings import WORKDAYS, NudgePlan, as_json, get_plan, set_plan
from models.nudges.snoozes import REASON_LETTERS, snooze_line
from models.nudges.team import NudgeCounts, count_team
from web.api.paging import Page, whole_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Id, Moment, Out, read_time, validate

NUDGES: Final = Routes("nudges", "read:settings", "write:settings")
PATH: Final = "/admin/nudge-settings"
LINES: Final = "/admin/nudges"
MOST_NAMES: Final = 20


class LimitsBody(Body):
    """After how many days something counts as late."""

    stuck_days: int = 30
    forecast_days: int = 14
    idle_days: int = 10


class NudgeBody(Body):
    """All settings: what is not named has its default."""

    on: bool = False
    checks: list[str] = Field(default=list(NudgePlan().checks), max_length=MOST_NAMES)
    at: str = Field("08:30", max_length=5)
    weekdays: list[str] = Field(default=list(WORKDAYS), max_length=7)
    limits: LimitsBody = LimitsBody()
    required: dict[str, list[str]] = Field(default={}, description="fields by the id of a stage")
    shows_names: bool = False


class NudgePatch(Body):
    """A part of the settings: what is not named stays."""

    on: bool | None = None
    checks: list[str] | None = Field(None, max_length=MOST_NAMES)
    at: str | None = Field(None, max_length=5)
    weekdays: list[str] | None = Field(None, max_length=7)
    limits: LimitsBody | None = None
    required: dict[str, list[str]] | None = None
    shows_names: bool | None = None


class LimitsOut(Out):
    """After how many days something counts as late."""

    stuck_days: int
    forecast_days: int
    idle_days: int


class NudgeSettingsOut(Out):
    """What is asked in the morning, when, and after how many days."""

    on: bool
    checks: list[str]
    at: str
    weekdays: list[str]
    limits: LimitsOut
    required: dict[str, list[str]]
    shows_names: bool


class NudgeOut(Out):
    """One thing that the caller's last card asks for and that still holds. `days`: how late, 0 if unknown."""

    id: Id
    check: str
    text: str
    deal_id: str
    title: str
    days: int
    is_under_way: bool


class NudgeSnoozeBody(Body):
    """Until when nobody is asked for it, and why."""

    until: str = Field(max_length=40)
    reason: str = Field(min_length=1, max_length=REASON_LETTERS)


class SnoozedOut(Out):
    """What was put off."""

    id: Id
    title: str
    until: Moment


class NudgeCountOut(Out):
    """Deals asked about in seven days, by check, or by person where the team shows names."""

    check: str
    person: str
    asked: int
    fixed: int
    snoozed: int
    open: int


@NUDGES.get(LINES, summary="What the caller's last card asks for", data=NudgeOut, is_list=True)
def list_lines(call: ApiCall) -> Page:
    require(call.session, call.actor, Action.DEAL_READ)
    view = own_card(call.session, call.actor, now())
    rows = _draw_lines(view) if view is not None else []
    return whole_list(rows)


@NUDGES.post(
    f"{LINES}/<id>/snooze", summary="Ask nobody for it until a day", data=SnoozedOut, body=NudgeSnoozeBody
)
def snooze(call: ApiCall) -> SnoozedOut:
    until = read_time("until", call.body.until)
    title = snooze_line(call.session, call.actor, call.id, until, call.body.reason, now())
    return SnoozedOut(id=call.id, title=title, until=until)


@NUDGES.get("/admin/nudge-counts", summary="How the team does", data=NudgeCountOut, is_list=True)
def list_counts(call: ApiCall) -> Page:
    found = count_team(call.session, call.actor, now())
    rows = [_draw_count(each, check=name) for name, each in found.by_check.items()]
    rows += [_draw_count(each, person=name) for name, each in (found.by_person or {}).items()]
    return whole_list(rows)


@NUDGES.get(PATH, summary="What is asked in the morning", data=NudgeSettingsOut)
def show_settings(call: ApiCall) -> NudgeSettingsOut:
    require(call.session, call.actor, Action.DEAL_READ)
    return _draw(get_plan(call.session, call.tenant_id))


@NUDGES.put(PATH, summary="Set what is asked", data=NudgeSettingsOut, body=NudgeBody)
def put_settings(call: ApiCall) -> NudgeSettingsOut:
    return _set(call, call.body)


@NUDGES.patch(PATH, summary="Change parts of these settings", data=NudgeSettingsOut, body=NudgePatch)
def patch_settings(call: ApiCall) -> NudgeSettingsOut:
    before: Mapping[str, Any] = as_json(get_plan(call.session, call.tenant_id))
    given = call.body.model_dump(exclude_unset=True)
    if given.get("limits"):
        given["limits"] = {**before["limits"], **given["limits"]}
    return _set(call, validate(NudgeBody, {**before, **given}))


def _set(call: ApiCall, body: NudgeBody) -> NudgeSettingsOut:
    plan = NudgePlan(
        body.on,
        tuple(body.checks),
        body.at,
        tuple(body.weekdays),
        NudgeLimits(**body.limits.model_dump()),
        {stage: tuple(names) for stage, names in body.required.items()},
        body.shows_names,
    )
    set_plan(call.session, call.actor, plan, now())
    return _draw(plan)


def _draw(plan: NudgePlan) -> NudgeSettingsOut:
    return NudgeSettingsOut.model_validate(as_json(plan))


def _draw_lines(view: NudgeView) -> list[NudgeOut]:
    return [
        NudgeOut(
            id=each.id,
            check=each.check,
            text=line_text(each.check, each.finding, view.names),
            deal_id=each.change.object_id,
            title=title_of(each.change, view.names),
            days=each.finding.days,
            is_under_way=each.is_under_way,
        )
        for each in view.lines
    ]


def _draw_count(counts: NudgeCounts, *, check: str = "", person: str = "") -> NudgeCountOut:
    return NudgeCountOut(check=check, person=person, **asdict(counts))
