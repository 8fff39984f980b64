"""Recognises the webhooks that our own writes cause: the cards where somebody pressed show them already."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, select
from sqlalchemy.orm import Session

from models.card_actions.records import ABOUT, ACTIVITY, NOTE, verb_of
from models.database.direct import DirectStatement
from models.database.lists import among, one_of, wanted
from models.pipedrive.change import Change
from models.pipedrive.declaration import Markup
from models.pipedrive.readable import without_markup
from models.tables.card_actions import OPEN_ACTIONS, CardAction, CardActionState
from models.tables.deliveries import as_literal

SHOWN_ALREADY: Final = "the card there shows it already"
COMES_WITHIN: Final = timedelta(minutes=10)  # of the write; Pipedrive repeats a webhook that failed
COMES_SOON: Final = timedelta(minutes=2)
CLOCKS_DIFFER: Final = timedelta(seconds=30)
MAKES: Final = {
    **dict.fromkeys((NOTE, "qualified", "snooze"), ("note", "content")),
    **dict.fromkeys((ACTIVITY, "contacted"), ("activity", "subject")),
    "convert": ("deal", "title"),
    "create": ("lead", "title"),
}
CONVERT: Final = "lead.convert"
LOST: Final = "lead.lost"
_BECOMES: Final = (CONVERT, "lead.create")  # what they make is not about an object that there was


@dataclass(frozen=True, slots=True)
class RecentWrite:
    """A write of ours that was begun lately; `ended_at` is None while it is under way."""

    tenant_id: int
    do: str
    entity: str
    object_id: str
    lane: str
    slot: str
    fields: Mapping[str, Any]
    result_id: str
    started_at: datetime
    ended_at: datetime | None

    def causes(self, change: Change, received_at: datetime) -> bool:
        """Tell whether a change is what this write did."""
        return self.is_in_time(change, received_at) and (
            self._makes(change) if verb_of(self.do) in MAKES else self._sets(change)
        )

    def is_in_time(self, change: Change, received_at: datetime) -> bool:
        """Tell whether a change came, or was made, while this write was under way or soon after it."""
        ended_at = self.ended_at or received_at
        if self.started_at <= received_at <= ended_at + COMES_SOON:
            return True
        at = change.happened_at
        return at is not None and self.started_at - CLOCKS_DIFFER <= at <= ended_at + CLOCKS_DIFFER

    def _sets(self, change: Change) -> bool:
        is_it = (change.entity, change.object_id) == (self.entity, self.object_id)
        set_here = [self.slot] if self.slot else [*self.fields]
        are_set = all(
            key in change.touched and same_value(change.after.get(key), self.fields.get(key))
            for key in set_here
        )
        return is_it and change.action == "updated" and are_set

    def _makes(self, change: Change) -> bool:
        entity, text = MAKES[verb_of(self.do)]
        if change.entity != entity or change.action != "created":
            return False
        if self.do in _BECOMES and self.ended_at is None:  # until then the result is Pipedrive's job
            return same_text(change.after.get(text), self.fields.get(text))
        if self.result_id or self.do in _BECOMES:
            return change.object_id == self.result_id
        is_about = same_value(change.after.get(ABOUT[self.entity]), self.object_id)
        return is_about and same_text(change.after.get(text), self.fields.get(text))


def recent_writes(session: Session, tenants: Collection[int], at: datetime) -> list[RecentWrite]:
    """Return the writes of some tenants that were begun lately, newest first.

    The session sees all tenants.
    """
    values = {"tenants": list(tenants), "since": at - COMES_WITHIN}
    return [RecentWrite(*row) for row in _RECENT.rows(session, values)]


def ends_of_leads(session: Session, leads: Collection[tuple[int, str]]) -> list[RecentWrite]:
    """Return the writes of ours that archive some of these (tenant, id) leads, newest first.

    The session sees all tenants.
    """
    return [RecentWrite(*row) for row in _ENDS.rows(session, wanted(leads))]


_ACTIONS: Any = CardAction.__table__
_WRITES: Any = (
    select(
        _ACTIONS.c.tenant_id,
        _ACTIONS.c.do,
        _ACTIONS.c.entity,
        _ACTIONS.c.object_id,
        _ACTIONS.c.lane,
        _ACTIONS.c.slot,
        _ACTIONS.c.fields,
        _ACTIONS.c.result_id,
        _ACTIONS.c.started_at,
        _ACTIONS.c.finished_at,
    )
    .where(_ACTIONS.c.state.in_([as_literal(state) for state in (*OPEN_ACTIONS, CardActionState.DONE)]))
    .order_by(_ACTIONS.c.id.desc())
)
_RECENT: Final = DirectStatement(
    _WRITES.where(
        one_of(_ACTIONS.c.tenant_id, "tenants"),
        _ACTIONS.c.started_at > bindparam("since", type_=_ACTIONS.c.started_at.type),
    )
)
_ENDS: Final = DirectStatement(
    _WRITES.where(
        *among(_ACTIONS.c.tenant_id, _ACTIONS.c.object_id),
        _ACTIONS.c.entity == as_literal("lead"),
        _ACTIONS.c.do.in_([as_literal(each) for each in (LOST, CONVERT)]),
        _ACTIONS.c.started_at.is_not(None),
    )
)


def same_value(found: Any, wanted: Any) -> bool:
    """Tell whether two values are the same to Pipedrive: ids come as numbers and as texts, flags as 1."""
    if isinstance(found, Mapping):  # older bodies send {"id": 7, "name": "Ada"} instead of the id
        found = found.get("id", found.get("value"))
    return _plain(found) == _plain(wanted)


def _plain(value: Any) -> str:
    return str(int(value)) if isinstance(value, bool) else str(value)


def same_text(found: Any, wanted: Any) -> bool:
    """Tell whether two texts read the same, whatever markup Pipedrive has put around them."""
    return _readable(found) == _readable(wanted)


def _readable(value: Any) -> str:
    return " ".join(without_markup(value, Markup.HTML).split()) if isinstance(value, str) else ""
