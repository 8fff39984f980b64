"""stream: what happens in the team, followed by a place that each answer gives."""

from __future__ import annotations

from typing import Any, Final

from pydantic import Field

from models.clock import now
from models.stream.read import StreamItem, StreamPlace, StreamSelection, newest_place, read_stream
from web.api.errors import InvalidFields
from web.api.routes import ApiCall, Routes
from web.api.schemas import Moment, Out, Params

STREAM: Final = Routes("stream", "read:events", "write:events")
MOST: Final = 100


class FollowParams(Params):
    """From where on, and what; without `after` what happens from now on."""

    after: str = Field("", max_length=60, description="`after` of the answer before")
    types: str = Field("", max_length=300, description="like `lead,deal:won,notification,user:activity`")
    limit: int = Field(MOST, ge=1, le=MOST)


class FollowedOut(Out):
    """One thing that happened: `type` is like `lead:created`, `id` the place behind it."""

    id: str
    type: str
    at: Moment
    data: dict[str, Any]


class FollowOut(Out):
    """What happened, the oldest first; `after` is what to ask with next."""

    items: list[FollowedOut]
    after: str


@STREAM.get("/stream", summary="Follow what happens", data=FollowOut, params=FollowParams)
def follow(call: ApiCall) -> FollowOut:
    params: FollowParams = call.params
    if not params.after:
        return FollowOut(items=[], after=str(newest_place(call.session, call.actor)))
    types = [each.strip() for each in params.types.split(",") if each.strip()]
    wanted = StreamSelection(types, has_notifications="read:notifications" in call.scopes)
    place = StreamPlace.from_text(params.after)
    if place is None:
        raise InvalidFields([("after", "is what `after` was in the answer before")])
    found, place = read_stream(call.session, call.actor, place, wanted, params.limit, now())
    return FollowOut(items=[_draw(each) for each in found], after=str(place))


def _draw(each: StreamItem) -> FollowedOut:
    return FollowedOut(id=str(each.place), type=each.type, at=each.at, data=dict(each.data))
