"""Finds missed changes of one object: differences between its webhooks and its present state.

The webhooks of an object are ordered in time. If the state after one differs from the state before the
next, a change between them was missed; the same applies between the last one and REST's present state.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import Json
from models.pipedrive.rest.as_webhook import WITHOUT_CUSTOM
from models.pipedrive.webhook.parsed import State, moment, moment_of

CREATE: Final = "create"
CHANGE: Final = "change"
DELETE: Final = "delete"

_CUSTOM: Final = "custom."
# Pipedrive changes these by itself together with what somebody did.
_MOVE_BY_THEMSELVES: Final = frozenset(
    (
        "id",
        "add_time",
        "update_time",
        "won_time",
        "lost_time",
        "close_time",
        "first_won_time",
        "archive_time",
        "stage_change_time",
    )
)
# Only these between two webhooks: others Pipedrive may change without naming them in `previous`.
_SURE: Final = frozenset(
    ("status", "stage_id", "value", "owner_id", "title", "name", "subject", "content", "done", "is_archived")
)
_ONE_ACT: Final = timedelta(seconds=5)  # bodies this close may each contain the other's change already
_A_MOMENT: Final = timedelta(seconds=1)
_EDGE: Final = timedelta(minutes=1)  # a gap begins a little before the outage
_LONG_AGO: Final = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Span:
    """A span of time, both ends included."""

    since: datetime
    until: datetime

    def holds(self, at: datetime | None) -> bool:
        return at is not None and self.since <= at <= self.until


@dataclass(frozen=True, slots=True)
class ListedItem:
    """An object as REST lists it: its `state` in the form of a Change, of a deleted one the last.

    `done_at`: when an activity was marked as done, which its state does not contain.
    """

    entity: str
    state: State
    is_gone: bool = False
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class MissedChange:
    """A missed change: Pipedrive's word for what happened, when, the state then, the old values.

    For a deleted object `state` is the last one.
    """

    action: str
    at: datetime
    state: State
    before: State


def missed(
    listed: ListedItem, known: Sequence[Change], gap: Span, settled: datetime | None = None
) -> list[MissedChange] | None:
    """Return the changes in a gap that are missing in `known`, this object's webhooks; the oldest first.

    None: try again later, because it changed after the gap and after `settled`, so that the webhook of that
    change may still arrive. Without an earlier webhook only what timestamps prove is reported, and that
    it changed. Changes that were undone within the gap leave no trace.
    """
    line = sorted(known, key=_moment)
    found: list[MissedChange] = []
    for earlier, later in zip([None, *line], line, strict=False):
        found += _between(listed, earlier, later, gap)
    last = line[-1] if line else None
    if last is not None and last.action == "deleted":
        return found
    at = moment_of(listed.state)
    if at is None or (last is not None and at <= _moment(last)):
        return found
    if last is not None and settled is not None and at > max(settled, gap.until):
        return None
    return found + _since_then(listed, last, gap, at)


def _moment(change: Change) -> datetime:
    return change.updated_at or _LONG_AGO


def _between(listed: ListedItem, earlier: Change | None, later: Change, gap: Span) -> list[MissedChange]:
    end = _moment(later)
    if later.action == "created" or end <= gap.since + _EDGE:
        return []
    state = {**later.after, **later.before}
    if earlier is None:
        return _proven(listed, state, Span(gap.since, min(gap.until, end - _A_MOMENT)))
    start = _moment(earlier)
    if earlier.action == "deleted" or start >= gap.until or end - start < _ONE_ACT:
        return []
    before = _differences(earlier.after, state, _keys(listed.entity, state) & _SURE)
    if not before:
        return []
    at = max(_times(state, Span(start + _A_MOMENT, end - _A_MOMENT)), default=end - _A_MOMENT)
    return [_change(CHANGE, at, state, before)]


def _since_then(listed: ListedItem, last: Change | None, gap: Span, at: datetime) -> list[MissedChange]:
    """The change after the last webhook, or any change if no webhook is known."""
    if listed.is_gone:
        state = dict(last.after) if last is not None else listed.state
        return [MissedChange(DELETE, at, state, {})] if last is not None or gap.holds(at) else []
    if last is not None:
        state = {**_untold(listed.entity, last.after), **listed.state}
        before = _differences(last.after, state, _keys(listed.entity, {**last.after, **state}))
        return [_change(CHANGE, at, state, before)] if before else []
    if gap.holds(at):
        is_new = gap.holds(moment(listed.state.get("add_time")))
        before = {} if is_new else _proofs(listed, listed.state, gap)
        return [_change(CREATE if is_new else CHANGE, at, listed.state, before)]
    return _proven(listed, listed.state, gap)


def _proven(listed: ListedItem, state: State, span: Span) -> list[MissedChange]:
    """The changes that timestamps in a state prove."""
    born = moment(state.get("add_time"))
    if born is not None and span.holds(born):
        return [_change(CREATE, max(_times(state, span), default=born), state, {})]
    before = _proofs(listed, state, span)
    ticked = [listed.done_at] if listed.done_at is not None and span.holds(listed.done_at) else []
    at = max([*_times(state, span), *ticked], default=None)
    return [_change(CHANGE, at, state, before)] if before and at is not None else []


def _proofs(listed: ListedItem, state: Mapping[str, Json], span: Span) -> State:
    """The old values that timestamps prove; None if a timestamp only proves that there was another value."""
    before: State = {}
    if listed.entity == "deal":
        status = state.get("status")
        if status in ("won", "lost") and span.holds(moment(state.get(f"{status}_time"))):
            before["status"] = "open"
        if span.holds(moment(state.get("stage_change_time"))):
            before["stage_id"] = None
    if listed.entity == "activity" and state.get("done") is True and span.holds(listed.done_at):
        before["done"] = False
    return before


def _times(state: Mapping[str, Json], span: Span) -> list[datetime]:
    """The timestamps of a state that are in a span."""
    keys = ("add_time", "won_time", "lost_time", "stage_change_time")
    return [at for key in keys if (at := moment(state.get(key))) is not None and span.holds(at)]


def _change(action: str, at: datetime, state: State, before: State) -> MissedChange:
    """A missed change whose state contains its own time, so that the next backfill recognises it."""
    if moment_of(state) != at:
        state = {**state, "update_time": at.isoformat()}
    return MissedChange(action, at, state, before)


def _untold(entity: str, old: Mapping[str, Json]) -> State:
    """Fields that only webhooks have: the custom fields of activities keep their last values."""
    return {key: value for key, value in old.items() if key.startswith(_CUSTOM) and entity in WITHOUT_CUSTOM}


def _keys(entity: str, state: Mapping[str, Json]) -> frozenset[str]:
    """The declared keys of a state, and its custom fields."""
    declared = {field.where for field in ENTITIES[entity].declared}
    known = {key for key in state if key in declared or key.startswith(_CUSTOM)}
    return frozenset(known - _MOVE_BY_THEMSELVES)


def _differences(old: Mapping[str, Json], new: Mapping[str, Json], keys: frozenset[str]) -> State:
    """The old values of differing keys. A key that only one side has is ignored, unless it is custom."""
    known = {key for key in keys if key.startswith(_CUSTOM) or (key in old and key in new)}
    return {key: old.get(key) for key in sorted(known) if _core(old.get(key)) != _core(new.get(key))}


def _core(value: Json) -> Json:
    """A value without the parts that REST and webhooks write differently."""
    if isinstance(value, dict):
        if "value" in value:
            return _core(value["value"]), value.get("currency")
        rest = {key: each for key, each in value.items() if key not in ("type", "timezone_id")}
        return {key: _core(each) for key, each in rest.items()} or None
    if isinstance(value, list):
        return [_core(each) for each in value] or None
    return None if value == "" else value
