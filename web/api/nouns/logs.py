"""logs: the deliveries, as they went; sent again one by one or by a choice; and why each came."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final, Literal

from pydantic import AwareDatetime, Field

from models.clock import now
from models.database.row_ids import row_id
from models.deliveries.actions import retry_chosen, retry_delivery
from models.deliveries.queries import kept_targets
from models.deliveries.replay import ReplayFilter
from models.errors import NotFound
from models.reports.history import DeliverySelection, ListPart, find_deliveries, find_delivery
from models.rules.why.explain import explain_delivery
from models.tables.deliveries import STATES, Attempt, Delivery, DeliveryState
from models.waits.replay import Replay, cancel_replay, get_replay, running_replay, start_replay
from web.api.errors import InvalidFields
from web.api.nouns.explanations import ExplanationOut, draw_explanation
from web.api.nouns.ranges import RangeName, since_range
from web.api.paging import Page, page_of, page_of_list, read_cursor
from web.api.routes import ApiCall, Routes
from web.api.schemas import Body, Id, ListParams, Moment, Out, read_time

SENDS: Final = "write:logs"
LOGS: Final = Routes("logs", "read:logs", SENDS)
REPLAYS: Final = "/admin/replays"  # those that go on by themselves; who may send again may watch them
FAILED: Final = {"failed": DeliveryState.DEAD}  # as programs that follow an earlier description say it


class LogOut(Out):
    """A delivery: what was to be sent where, and how it went. `status` is its state, `reason` why.

    `rule_id` and `webhook_id` are null where those were removed; their names stay.
    `instead_of` names the destination that refused it, where it went to the fallback of that one.
    `next_attempt_at` is null where no clock decides it: held with the reason `quota`.
    """

    id: Id
    event_id: Id | None
    event_type: str
    rule_id: Id | None
    rule: str
    webhook_id: Id | None
    webhook: str
    status: str
    reason: str
    instead_of: str
    attempts: int
    urgent: bool
    test: bool
    created_at: Moment
    next_attempt_at: Moment | None
    finished_at: Moment | None


class AttemptOut(Out):
    """One attempt to send it; `response_time` is in milliseconds."""

    outcome: str
    http_status: int | None
    detail: str
    response_time: int
    at: Moment


class LogDetail(LogOut):
    """A delivery with its attempts, oldest first."""

    tries: list[AttemptOut]


class LogParams(ListParams):
    """Filters of the log; its times are of when a delivery was created."""

    status: str | None = Field(None, max_length=20, description=f"failed, or one of {', '.join(STATES)}")
    rule_id: str | None = Field(None, max_length=20)
    webhook_id: str | None = Field(None, max_length=20)
    event_type: str | None = Field(None, max_length=60)
    range: RangeName | None = None
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None


class RetryOut(Out):
    """How many deliveries are sent again: one message may have told of several."""

    count: int


class ReplayRunBody(Body):
    """Which deliveries are sent again: what failed (`dead` or `failed`), or what was left out."""

    status: Literal["dead", "failed", "skipped"] = "dead"
    rule: str | None = Field(None, max_length=255)
    webhook: str | None = Field(None, max_length=320)
    since: str | None = Field(None, max_length=40)
    until: str | None = Field(None, max_length=40)


class ReplayBody(ReplayRunBody):
    """Which deliveries are sent again, the oldest 500 of them; test cards only by their ids."""

    ids: list[str | int] | None = Field(None, max_length=500)
    dry_run: bool = False


class ReplayOut(Out):
    """How many are sent again, what cannot be and why, and whether more fit (`more`: ask again)."""

    count: int
    left_out: dict[str, int]
    more: bool
    dry_run: bool


class ReplayRunOut(Out):
    """A replay that goes on by itself, at most 120 deliveries a minute, the oldest first.

    `state` is waiting while it runs, else done, ended or cancelled, with the `reason` where it ended early.
    `done` deliveries of the `total` that were counted at its begin go again.
    """

    id: Id
    state: str
    done: int
    total: int
    started_by: str
    status: str
    rule: str | None
    webhook: str | None
    since: Moment | None
    until: Moment | None
    reason: str


@LOGS.get("/admin/logs", summary="List deliveries, newest first", data=LogOut, params=LogParams, is_list=True)
def list_logs(call: ApiCall) -> Page:
    params: LogParams = call.params
    wanted = DeliverySelection(
        _state(params.status),
        _number("rule_id", params.rule_id),
        _number("webhook_id", params.webhook_id),
        params.event_type,
        since_range(params.range, params.since),
        params.until,
    )
    part = ListPart(params.size + 1, read_cursor(params), params.offset)
    rows, total = find_deliveries(call.session, call.actor, wanted, part)

    def draw(shown: Sequence[Delivery]) -> list[LogOut]:
        kept = kept_targets(call.session, call.actor.tenant, shown)
        return [LogOut(**_facts(each, *kept)) for each in shown]

    return page_of(params, rows, total, draw)


@LOGS.get("/admin/logs/<id>", summary="One delivery with its attempts", data=LogDetail)
def show_log(call: ApiCall) -> LogDetail:
    delivery, attempts = _delivery(call)
    kept = kept_targets(call.session, call.actor.tenant, [delivery])
    return LogDetail(**_facts(delivery, *kept), tries=[_draw_attempt(each) for each in attempts])


@LOGS.post("/admin/logs/<id>/retry", summary="Send a delivery again", data=RetryOut)
def retry(call: ApiCall) -> RetryOut:
    _delivery(call)
    count = retry_delivery(call.session, call.actor, str(call.id))
    call.wake = True
    return RetryOut(count=count)


@LOGS.get("/admin/logs/<id>/why", summary="Why a card came", data=ExplanationOut)
def why(call: ApiCall) -> ExplanationOut:
    _delivery(call)
    return draw_explanation(explain_delivery(call.session, call.actor, str(call.id)))


@LOGS.post("/admin/logs/replay", summary="Send many deliveries again", data=ReplayOut, body=ReplayBody)
def replay(call: ApiCall) -> ReplayOut:
    body: ReplayBody = call.body
    ids = None if body.ids is None else [number for each in body.ids if (number := _number("ids", each))]
    chosen = replace(_choice(body), ids=ids, actor=call.actor)
    done = retry_chosen(call.session, call.actor, chosen, dry_run=body.dry_run)
    call.wake = not body.dry_run
    left = dict(done.left_out)
    return ReplayOut(count=done.count, left_out=left, more=done.may_continue, dry_run=body.dry_run)


@LOGS.get(
    REPLAYS, summary="The replay that runs", data=ReplayRunOut, params=ListParams, is_list=True, scope=SENDS
)
def list_replays(call: ApiCall) -> Page:
    running = running_replay(call.session, call.actor)
    found = [running] if running is not None else []
    return page_of_list(call.params, found, lambda shown: [_draw_run(each) for each in shown])


@LOGS.post(REPLAYS, summary="Start a replay", data=ReplayRunOut, body=ReplayRunBody, status=201)
def begin_replay(call: ApiCall) -> ReplayRunOut:
    chosen = _choice(call.body)
    started = start_replay(call.session, call.actor, chosen, uuid.uuid4().hex, now())
    call.wake = True
    return _draw_run(started)


@LOGS.get(f"{REPLAYS}/<id>", summary="How far a replay is", data=ReplayRunOut, scope=SENDS)
def show_replay(call: ApiCall) -> ReplayRunOut:
    return _draw_run(get_replay(call.session, call.actor, call.id))


@LOGS.delete(f"{REPLAYS}/<id>", summary="Cancel a replay", data=ReplayRunOut)
def stop_replay(call: ApiCall) -> ReplayRunOut:
    return _draw_run(cancel_replay(call.session, call.actor, call.id, now()))


def _choice(body: ReplayRunBody) -> ReplayFilter:
    states = (DeliveryState.SKIPPED if body.status == "skipped" else DeliveryState.DEAD,)
    times = {name: _time(name, getattr(body, name)) for name in ("since", "until")}
    return ReplayFilter(states, body.rule, body.webhook, **times)


def _draw_run(found: Replay) -> ReplayRunOut:
    chosen = found.chosen
    return ReplayRunOut(
        id=found.id,
        state=found.state,
        done=found.done,
        total=found.total,
        started_by=found.by,
        status="skipped" if DeliveryState.SKIPPED in chosen.states else "dead",
        rule=chosen.rule,
        webhook=chosen.destination,
        since=chosen.since,
        until=chosen.until,
        reason=found.reason,
    )


def _delivery(call: ApiCall) -> tuple[Delivery, Sequence[Attempt]]:
    found = find_delivery(call.session, call.actor, call.id)
    if found is None:
        raise NotFound
    return found


def _state(given: str | None) -> str | None:
    state = FAILED.get(given or "", given)
    if state is not None and state not in STATES:
        raise InvalidFields([("status", f"must be failed, or one of {', '.join(STATES)}")])
    return state


def _number(field: str, given: str | int | None) -> int | None:
    found = None if given is None else row_id(str(given))
    if given is not None and found is None:
        raise InvalidFields([(field, f"{str(given)[:40]!r} is no id")])
    return found


def _time(field: str, given: str | None) -> Any:
    return None if given is None else read_time(field, given)


def _facts(each: Delivery, rules: set[int], destinations: set[int]) -> dict[str, Any]:
    """Return the facts of a delivery; `rules` and `destinations` are those that are not removed."""
    same = ("id", "event_id", "event_type", "reason", "attempts")
    return {
        **{name: getattr(each, name) for name in (*same, "created_at", "finished_at")},
        "next_attempt_at": None if each.is_over_quota else each.next_attempt_at,
        "rule_id": each.rule_id if each.rule_id in rules else None,
        "rule": each.rule_name,
        "webhook_id": each.destination_id if each.destination_id in destinations else None,
        "webhook": each.destination_name,
        "instead_of": each.instead_of or "",
        "status": each.state,
        "urgent": each.is_urgent,
        "test": each.is_test,
    }


def _draw_attempt(each: Attempt) -> AttemptOut:
    return AttemptOut(
        outcome=each.outcome,
        http_status=each.http_status,
        detail=each.detail,
        response_time=each.took_ms,
        at=each.created_at,
    )
