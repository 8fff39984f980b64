"""Deals that are leads: the open ones of the pipelines that a team chose, and what a change of one means.

Everywhere else `chosen` are the ids of these pipelines. A lead of the inbox and such a deal are told apart by
their keys: Pipedrive's own id of a lead, and `deal-123`.
"""

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from models.pipedrive.change import Change
from models.pipedrive.name_refs import id_key
from models.pipedrive.names import Json
from models.pipedrive.readable import fold_name
from models.pipedrive.signal import SIGNALS
from models.pipedrive.webhook.parsed import moment

DEAL: Final = "deal"
SOURCE_LEAD: Final = "source_lead_id"  # the key of a deal's body under which its lead is named
LEAD: Final = "lead"
_PREFIX: Final = "deal-"
_CAPITAL_WITHIN: Final = re.compile(r"(?<=[a-z])(?=[A-Z])")  # `ManuallyCreated`
_OWNER: Final = frozenset(("owner_id", "owner_name"))

State = Mapping[str, Json]


class DealEnd(StrEnum):
    """How a deal ended as a lead: the first two count as converted, the others as lost."""

    WON = "won"
    MOVED = "moved"  # to a pipeline whose deals are no leads
    LOST = "lost"
    DELETED = "deleted"


def lead_key(entity: str, object_id: str) -> str:
    """Return the key by which people and programs name a lead: `deal-123` for a deal."""
    return f"{_PREFIX}{object_id}" if entity == DEAL else object_id


def read_lead_key(key: str) -> tuple[str, str]:
    """Return the entity and the id that a key names."""
    number = key.removeprefix(_PREFIX)
    return (DEAL, number) if number != key and number.isdecimal() else (LEAD, key)


def source_of(entity: str, state: State) -> str:
    """Return where a lead came from, in the words that Pipedrive has for it, empty for none.

    A deal only has the code of it, `ManuallyCreated`, where a lead has `Manually created`.
    """
    if entity != DEAL:
        return str(state.get("source_name") or "")
    first, *others = _CAPITAL_WITHIN.split(str(state.get("origin") or ""))
    return " ".join([first, *map(str.lower, others)])


def is_same_source(one: str, other: str) -> bool:
    """Whether two texts name the same source, as words or as Pipedrive's code."""
    return fold_name(one).replace(" ", "") == fold_name(other).replace(" ", "")


def is_open_deal(state: State) -> bool:
    """Return whether something can still come of a deal; an empty state: it was deleted."""
    return bool(state) and state.get("status", "open") == "open" and state.get("is_archived") is not True


def pipeline_of(state: State) -> str:
    """Return the id of the pipeline of a deal, empty for none."""
    raw = state.get("pipeline_id")
    return id_key(raw.get("id", raw.get("value")) if isinstance(raw, Mapping) else raw) or ""


def is_lead_deal(state: State, chosen: Collection[str]) -> bool:
    """Return whether a deal in this state is an open lead of a team that chose these pipelines."""
    return bool(chosen) and is_open_deal(state) and pipeline_of(state) in chosen


def end_of(state: State) -> DealEnd:
    """Return how a deal ended as a lead that is none any more."""
    if not state:
        return DealEnd.DELETED
    if is_open_deal(state):
        return DealEnd.MOVED
    return DealEnd.WON if state.get("status") == "won" else DealEnd.LOST


def deals_by_lead(deals: Iterable[tuple[str, State]]) -> dict[str, str]:
    """Return the deal that each lead became, of (id, state) of deals that say so (`source_lead_id`).

    Where several name one lead, it is the deal that was added last.
    """
    naming = ((lead, deal, state) for deal, state in deals if (lead := id_key(state.get(SOURCE_LEAD))))
    return {lead: deal for lead, deal, _ in sorted(naming, key=lambda each: _age_of(each[1], each[2]))}


def _age_of(deal_id: str, state: State) -> tuple[datetime, int]:
    """Return what sorts deals by when they were added; ids of Pipedrive grow."""
    added_at = moment(state.get("add_time")) or datetime.min.replace(tzinfo=UTC)
    return added_at, int(deal_id) if deal_id.isdecimal() else 0


def as_lead(change: Change, chosen: Collection[str]) -> Change:
    """Return a change of a deal with its types as one of a lead (`lead_types`); others stay as they are."""
    if not chosen or change.entity != DEAL or not SIGNALS.isdisjoint(change.types):
        return change
    before = {**change.after, **change.before}
    was = change.action != "created" and is_lead_deal(before, chosen)
    is_now = is_lead_deal(change.after, chosen)
    return replace(change, lead_types=_types(change, was=was, is_now=is_now)) if was or is_now else change


def _types(change: Change, *, was: bool, is_now: bool) -> tuple[str, ...]:
    if was and is_now:
        return ("lead.updated", *(("lead.assigned",) if _OWNER & change.touched else ()))
    if was:
        if change.action == "deleted":
            return ("lead.deleted",)
        is_converted = end_of(change.after) in (DealEnd.WON, DealEnd.MOVED)
        return ("lead.updated", *(("lead.converted",) if is_converted else ()))
    is_new = change.action == "created" or "pipeline_id" in change.touched
    # One that was a lead of the inbox goes on as this deal, and one that was closed is there again.
    goes_on = not is_new or bool(change.after.get(SOURCE_LEAD))
    return ("lead.updated",) if goes_on else ("lead.created",)
