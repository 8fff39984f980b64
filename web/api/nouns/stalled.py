"""stalled-settings: after how many days a deal counts as stalled, and where they are summed up."""

from __future__ import annotations

from typing import Final, Literal

from pydantic import Field

from bot.text.changes import title_of
from models.accounts.permissions import require
from models.accounts.rights import Action
from models.clock import now
from models.database.row_ids import row_id
from models.destinations.queries import get_destination
from models.pipedrive.name_refs import refs_in
from models.stalled.actions import Summary, get_summary, set_summary
from models.stalled.queries import list_stalled, names_for, seen_by_person
from web.api.errors import InvalidFields
from web.api.paging import Page, whole_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Id, Moment, Out, validate

STALLED: Final = Routes("stalled-settings", "read:settings", "write:settings")
PATH: Final = "/admin/stalled-settings"


class StalledBody(Body):
    """All settings: what is not named has its default."""

    thresholds: list[int] = Field(default=[3, 7, 14], max_length=5)
    frequency: Literal["off", "daily", "weekly"] = "off"
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] = "mon"
    at: str = Field("09:00", max_length=5)
    webhook_id: str | int | None = None
    least_value: float | None = None


class StalledPatch(Body):
    """A part of the settings: what is not named stays."""

    thresholds: list[int] | None = Field(None, max_length=5)
    frequency: Literal["off", "daily", "weekly"] | None = None
    weekday: Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"] | None = None
    at: str | None = Field(None, max_length=5)
    webhook_id: str | int | None = None
    least_value: float | None = None


class StalledOut(Out):
    """Days without a change after which a deal is told of; when it is summed up, and where."""

    thresholds: list[int]
    frequency: str
    weekday: str
    at: str
    webhook_id: Id | None
    least_value: float | None


class StalledDealOut(Out):
    """An open deal that nobody has changed for `days`, as the token's user may see it."""

    id: str
    title: str
    days: int
    changed_at: Moment
    snoozed_until: Moment | None


@STALLED.get(
    "/admin/stalled-deals",
    summary="Open deals that nobody has changed for days, the longest first",
    data=StalledDealOut,
    is_list=True,
)
def list_deals(call: ApiCall) -> Page:
    require(call.session, call.actor, Action.DEAL_READ)
    sees = seen_by_person(call.session, call.tenant_id, call.actor.user_id)
    found = list_stalled(call.session, call.tenant_id, sees, now()).deals
    wanted = {pair for each in found for pair in refs_in(each.change)}
    names = names_for(call.session, call.tenant_id, wanted)
    rows = [
        StalledDealOut(
            id=each.id,
            title=title_of(each.change, names),
            days=each.days,
            changed_at=each.changed_at,
            snoozed_until=each.snoozed_until,
        )
        for each in found
    ]
    return whole_list(rows)


@STALLED.get(PATH, summary="When deals count as stalled", data=StalledOut)
def show_settings(call: ApiCall) -> StalledOut:
    require(call.session, call.actor, Action.DEAL_READ)
    return _draw(get_summary(call.session, call.tenant_id))


@STALLED.put(PATH, summary="Set when deals count as stalled", data=StalledOut, body=StalledBody)
def put_settings(call: ApiCall) -> StalledOut:
    return _set(call, call.body)


@STALLED.patch(PATH, summary="Change parts of these settings", data=StalledOut, body=StalledPatch)
def patch_settings(call: ApiCall) -> StalledOut:
    before = _draw(get_summary(call.session, call.tenant_id)).model_dump(mode="json")
    return _set(call, validate(StalledBody, before | call.body.model_dump(exclude_unset=True)))


def _set(call: ApiCall, body: StalledBody) -> StalledOut:
    number = None if body.webhook_id is None else row_id(str(body.webhook_id))
    found = None if number is None else get_destination(call.session, call.tenant_id, number)
    if body.webhook_id is not None and found is None:
        raise InvalidFields([("webhook_id", "is no destination of this team")])
    days = tuple(sorted(set(body.thresholds)))
    wanted = Summary(days, body.frequency, body.weekday, body.at, number, body.least_value)
    set_summary(call.session, call.actor, wanted)
    return _draw(wanted)


def _draw(summary: Summary) -> StalledOut:
    return StalledOut(
        thresholds=list(summary.thresholds),
        frequency=summary.frequency,
        weekday=summary.weekday,
        at=summary.at,
        webhook_id=summary.destination_id,
        least_value=summary.least_value,
    )
