"""events: what Pipedrive told, without the bodies, and what the rules made of one."""

from __future__ import annotations

from typing import Final

from pydantic import AwareDatetime, Field

from models.reports.history import EventRow, EventSelection, ListPart, find_events
from models.rules.why.explain import explain_event
from models.tables.events import EventState
from web.api.errors import InvalidFields
from web.api.nouns.explanations import ExplanationOut, draw_explanation
from web.api.nouns.ranges import RangeName, since_range
from web.api.paging import Page, page_of, read_cursor
from web.api.routes import ApiCall, Routes
from web.api.schemas import Id, ListParams, Moment, Out

EVENTS: Final = Routes("events", "read:events", "write:events")


class EventOut(Out):
    """An event; `type` is the one that says most, `object` is like `deal:42`."""

    id: Id
    received_at: Moment
    state: str
    type: str
    object: str | None
    outcome: str
    bulk: bool


class EventParams(ListParams):
    """Filters of the list of events; its times are of their arrival."""

    state: str | None = Field(None, max_length=20, description=", ".join(EventState))
    type: str | None = Field(None, max_length=60, description="like deal.won")
    object: str | None = Field(None, max_length=80, description="like deal:42")
    range: RangeName | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


@EVENTS.get(
    "/admin/events", summary="List events, newest first", data=EventOut, params=EventParams, is_list=True
)
def list_events(call: ApiCall) -> Page:
    params: EventParams = call.params
    if params.state is not None and params.state not in tuple(EventState):
        raise InvalidFields([("state", f"must be one of {', '.join(EventState)}")])
    since = since_range(params.range, params.since)
    wanted = EventSelection(params.state, params.type, params.object, since, params.until)
    part = ListPart(params.size + 1, read_cursor(params), params.offset)
    rows, total = find_events(call.session, call.actor, wanted, part)
    return page_of(params, rows, total, lambda shown: [_draw(each) for each in shown])


@EVENTS.get("/admin/events/<id>", summary="One event, and what the rules made of it", data=ExplanationOut)
def show_event(call: ApiCall) -> ExplanationOut:
    return draw_explanation(explain_event(call.session, call.actor, call.id))


def _draw(each: EventRow) -> EventOut:
    return EventOut(
        id=each.id,
        received_at=each.received_at,
        state=each.state,
        type=each.kind or each.event_type,
        object=each.object_key,
        outcome=each.outcome,
        bulk=each.is_bulk,
    )
