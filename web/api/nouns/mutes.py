"""mutes: no cards of a space, a rule, a person or the team for a while."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

from pydantic import Field

from models.accounts.permissions import require
from models.accounts.queries import get_tenant
from models.accounts.rights import Action
from models.attention.actions import mute, unmute
from models.attention.durations import InvalidDuration, read_duration
from models.attention.mutes import MuteTarget, holding_mutes, target_of
from models.attention.windows import place_names, place_target
from models.clock import now
from models.database.row_ids import row_id
from models.errors import InvalidRequest, NotFound
from models.rules.queries import rule_names_by_id
from models.tables.attention import Mute, MuteScope
from web.api.errors import InvalidFields
from web.api.paging import Page, page_of_list
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Id, ListParams, Moment, Out, read_time

MUTES: Final = Routes("mutes", "read:settings", "write:settings")
PATH: Final = "/admin/mutes"


class MuteBody(Body):
    """What is muted, and for how long: `duration` is like `1h` or `tomorrow`, or `until` a moment."""

    scope: Literal["tenant", "space", "user", "rule"]
    space: str | None = Field(None, max_length=255)
    rule_id: str | int | None = None
    duration: str | None = Field(None, max_length=40)
    until: str | None = Field(None, max_length=40)


class MuteOut(Out):
    """A mute that holds: of a rule everywhere, or in the one place that is named beside it."""

    id: Id
    scope: str
    space: str | None
    user: str | None
    rule_id: Id | None
    rule: str | None
    until: Moment
    muted_by: str
    created_at: Moment


@MUTES.get(PATH, summary="List mutes that hold", data=MuteOut, params=ListParams, is_list=True)
def list_mutes(call: ApiCall) -> Page:
    return page_of_list(call.params, _readable(call), lambda shown: _draw_all(call, shown))


@MUTES.post(PATH, summary="Mute", data=MuteOut, body=MuteBody, status=201)
def add_mute(call: ApiCall) -> MuteOut:
    at, body = now(), call.body
    made = mute(call.session, call.actor, _target(call, body), _until(call, body, at), at)
    return _draw_all(call, [made])[0]


@MUTES.delete(f"{PATH}/<id>", summary="End a mute", data=MuteOut)
def end_mute(call: ApiCall) -> MuteOut:
    found = next((each for each in _readable(call) if each.id == call.id), None)
    if found is None:
        raise NotFound
    answer = _draw_all(call, [found])[0]
    unmute(call.session, call.actor, target_of(found), now())
    call.wake = True
    return answer


def _readable(call: ApiCall) -> list[Mute]:
    """Return the mutes that the caller may read: not those of other people, unless they change all."""
    require(call.session, call.actor, Action.OVERVIEW_READ)
    sees_all, me = call.actor.may(Action.ATTENTION_CHANGE), call.actor.user_id
    holding = holding_mutes(call.session, call.tenant_id, now())
    return [each for each in holding if sees_all or each.user_id in (None, me)]


def _target(call: ApiCall, body: MuteBody) -> MuteTarget:
    space = body.space or ""
    if body.scope != "rule":
        return place_target(call.session, call.actor, body.scope, space=space)
    number = row_id(str(body.rule_id))
    if number is None:
        raise InvalidFields([("rule_id", "is missing, or is no id")])
    where = place_target(call.session, call.actor, MuteScope.SPACE, space=space) if space else None
    return MuteTarget(MuteScope.RULE, space_id=where.space_id if where else None, rule_id=number)


def _until(call: ApiCall, body: MuteBody, at: datetime) -> datetime:
    if (body.duration is None) is (body.until is None):
        raise InvalidFields([("duration", "say either duration or until")])
    if body.until is not None:
        return read_time("until", body.until)
    zone = get_tenant(call.session, call.tenant_id).timezone
    try:
        return read_duration(str(body.duration).split(), at, zone).until
    except InvalidDuration as wrong:
        raise InvalidRequest.of_field("duration", wrong.user_message) from wrong


def _draw_all(call: ApiCall, found: Sequence[Mute]) -> list[MuteOut]:
    spaces, users = place_names(call.session, call.tenant_id)
    rules = rule_names_by_id(call.session, call.tenant_id)
    return [
        MuteOut(
            id=each.id,
            scope=each.scope,
            space=None if each.space_id is None else spaces.get(each.space_id),
            user=None if each.user_id is None else users.get(each.user_id),
            rule_id=each.rule_id,
            rule=None if each.rule_id is None else rules.get(each.rule_id),
            until=each.until,
            muted_by=each.muted_by,
            created_at=each.created_at,
        )
        for each in found
    ]
