"""quiet-hours: the windows in which cards are held, with the keys of a rules file."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from pydantic import Field

from models.attention import windows
from models.destinations.quiet_hours import end_in_file
from models.rules_file.schema import QuietHoursSchema
from models.tables.destinations import QuietHours
from web.api.paging import Page, page_of_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Id, ListParams, Moment, Out, validate

QUIET_HOURS: Final = Routes("quiet-hours", "read:settings", "write:settings")
PATH: Final = "/admin/quiet-hours"


class QuietHoursOut(Out):
    """A window; `space` and `user` name whose it is, where the scope is one of these."""

    id: Id
    created_at: Moment
    scope: str
    space: str | None = None
    user: str | None = None
    starts: str = Field(serialization_alias="from")
    ends: str = Field(serialization_alias="until")
    days: list[str]
    timezone: str
    let_urgent_through: bool
    enabled: bool


class QuietHoursPatch(Body):
    """A part of a window: what is not named stays; its place stays in any case."""

    starts: str | None = Field(None, alias="from", max_length=5)
    ends: str | None = Field(None, alias="until", max_length=5)
    days: list[str] | None = Field(None, max_length=7)
    timezone: str | None = Field(None, max_length=64)
    let_urgent_through: bool | None = None
    enabled: bool | None = None


@QUIET_HOURS.get(PATH, summary="List quiet hours", data=QuietHoursOut, params=ListParams, is_list=True)
def list_windows(call: ApiCall) -> Page:
    found = windows.list_windows(call.session, call.actor)
    return page_of_list(call.params, found, lambda shown: _draw_all(call, shown))


@QUIET_HOURS.post(PATH, summary="Add quiet hours", data=QuietHoursOut, body=QuietHoursSchema, status=201)
def add_window(call: ApiCall) -> dict[str, Any]:
    body: QuietHoursSchema = call.body
    place = windows.place_target(
        call.session, call.actor, body.scope, space=body.space or "", email=body.user or ""
    )
    return _draw(call, windows.add_window(call.session, call.actor, place, _draft(body)))


@QUIET_HOURS.get(f"{PATH}/<id>", summary="One window of quiet hours", data=QuietHoursOut)
def show_window(call: ApiCall) -> dict[str, Any]:
    return _draw(call, windows.get_window(call.session, call.actor, call.id))


@QUIET_HOURS.put(f"{PATH}/<id>", summary="Replace quiet hours", data=QuietHoursOut, body=QuietHoursSchema)
def replace_window(call: ApiCall) -> dict[str, Any]:
    window = windows.get_window(call.session, call.actor, call.id)
    changed = windows.change_window(call.session, call.actor, window, _draft(call.body))
    call.wake = True
    return _draw(call, changed)


@QUIET_HOURS.patch(
    f"{PATH}/<id>", summary="Change parts of quiet hours", data=QuietHoursOut, body=QuietHoursPatch
)
def patch_window(call: ApiCall) -> dict[str, Any]:
    window = windows.get_window(call.session, call.actor, call.id)
    drawn, keys = _draw(call, window), QuietHoursSchema.keys()
    before = {name: drawn[name] for name in keys if name in drawn}
    given = call.body.model_dump(by_alias=True, exclude_unset=True)
    whole: QuietHoursSchema = validate(QuietHoursSchema, before | given)
    changed = windows.change_window(call.session, call.actor, window, _draft(whole))
    call.wake = True
    return _draw(call, changed)


@QUIET_HOURS.delete(f"{PATH}/<id>", summary="Remove quiet hours", data=QuietHoursOut)
def remove_window(call: ApiCall) -> dict[str, Any]:
    window = windows.get_window(call.session, call.actor, call.id)
    answer = _draw(call, window)
    windows.remove_window(call.session, call.actor, window)
    call.wake = True
    return answer


def _draft(body: QuietHoursSchema) -> windows.WindowDraft:
    return windows.WindowDraft(
        body.starts, body.ends, body.days, body.timezone, body.let_urgent_through, body.enabled
    )


def _draw(call: ApiCall, window: QuietHours) -> dict[str, Any]:
    return _draw_all(call, [window])[0]


def _draw_all(call: ApiCall, found: Sequence[QuietHours]) -> list[dict[str, Any]]:
    spaces, users = windows.place_names(call.session, call.tenant_id)

    def draw(each: QuietHours) -> dict[str, Any]:
        facts: dict[str, Any] = {
            "space": None if each.space_id is None else spaces.get(each.space_id),
            "user": None if each.user_id is None else users.get(each.user_id),
            "ends": end_in_file(each.starts, each.ends),
            "let_urgent_through": each.lets_urgent_through,
            "enabled": each.is_enabled,
        }
        same = ("id", "created_at", "scope", "starts", "timezone")
        row = {name: getattr(each, name) for name in same}
        drawn = QuietHoursOut(**row, days=list(each.days), **facts).model_dump(mode="json")
        # As in a rules file: no space or user where the scope is another.
        return {name: value for name, value in drawn.items() if value is not None}

    return [draw(each) for each in found]
