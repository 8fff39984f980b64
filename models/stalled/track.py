"""Records the last state of deals, activities, leads, people and organizations, as fan-out reads changes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import case
from sqlalchemy.orm import Session

from models.card_actions.nudged import note_changed
from models.clock import now
from models.database.batch import batch_insert
from models.pipedrive.change import Change
from models.pipedrive.deal_leads import is_open_deal
from models.pipedrive.entity import ENTITIES
from models.pipedrive.name_refs import id_key, name_text
from models.pipedrive.names import Json
from models.pipedrive.readable import fold_name
from models.pipedrive.signal import SIGNALS
from models.security.contents import encrypt_rows
from models.stalled.thresholds import overdue_at
from models.tables.stalled import TrackedObject
from models.tables.types.encrypted import is_lost

DEAL: Final = "deal"
ACTIVITY: Final = "activity"
FOLLOWED: Final = (DEAL, ACTIVITY)
LEAD: Final = "lead"
KNOWN: Final = (*FOLLOWED, LEAD, "person", "organization")  # of the others only the state is of interest
FIRST_LOOK: Final = timedelta(hours=23)  # the shortest day, so no threshold of a deal is reached before
MOST_BYTES: Final = 16_000
_CUSTOM: Final = "custom."
_LONGEST_WORDS: Final = 300

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of an object; an empty state: it was deleted. `permitted`: None for everybody."""

    entity: str
    object_id: str
    state: Mapping[str, Json]
    permitted: list[str] | None = None


def row_of_change(tenant_id: int, change: Change, heard_at: datetime, zone: str) -> Row | None:
    """Return the row that a change makes of its object, None for what is not recorded.

    What we found ourselves is no change. A time in the future counts as now.
    """
    if change.entity not in KNOWN or not SIGNALS.isdisjoint(change.types):
        return None
    state = {} if change.action == "deleted" else change.after
    at = min(change.updated_at or heard_at, heard_at)
    permitted = None if change.permitted_user_ids is None else sorted(change.permitted_user_ids)
    known = Known(change.entity, change.object_id, state, permitted)
    return row_of_state(tenant_id, known, at, heard_at, ZoneInfo(zone))


def row_of_state(
    tenant_id: int, known: Known, changed_at: datetime, heard_at: datetime, zone: ZoneInfo
) -> Row | None:
    """Return the row of an object; None for an id that is none."""
    entity, state = known.entity, known.state
    key = id_key(known.object_id)
    if key is None:
        return None
    is_open = is_open_state(entity, state)
    due_at = overdue_at(state, zone) if entity == ACTIVITY and is_open else None
    next_at = due_at if entity == ACTIVITY else changed_at + FIRST_LOOK
    return {
        "tenant_id": tenant_id,
        "entity": entity,
        "object_id": key,
        "is_open": is_open,
        "changed_at": changed_at,
        "heard_at": heard_at,
        "next_at": next_at if is_open and entity in FOLLOWED else None,
        "due_at": due_at,
        "words": fold_name(name_text(state.get(ENTITIES[entity].title)))[:_LONGEST_WORDS],
        "value": _number(state.get("value")),
        "owner_id": ref_id(state.get("owner_id")),
        "deal_id": ref_id(state.get("deal_id")) if entity == ACTIVITY else None,
        "organization_id": ref_id(state.get("org_id", state.get("organization_id"))),
        "person_id": ref_id(state.get("person_id")),
        "lead_id": ref_id(state.get("lead_id")) if entity == ACTIVITY else None,
        "state": packed(entity, state, known.permitted),
    }


def is_open_state(entity: str, state: Mapping[str, Json]) -> bool:
    """Return whether something can still come of an object: an open deal or lead, an undone activity."""
    if entity == LEAD:
        return bool(state) and state.get("is_archived") not in (True, 1)
    if entity not in FOLLOWED:
        return False
    if entity == ACTIVITY:
        return (
            bool(state) and state.get("done") not in (True, 1) and state.get("active_flag") not in (False, 0)
        )
    return is_open_deal(state)


def packed(entity: str, state: Mapping[str, Json], permitted: list[str] | None) -> bytes:
    """Return a state as it is stored: without what is empty, and where it is large without custom fields."""
    kept = {key: value for key, value in state.items() if value is not None}
    written = _dumped({"state": kept, "permitted": permitted})
    if len(written) <= MOST_BYTES:
        return written
    declared = {field.where for field in ENTITIES[entity].declared}
    few = {
        key: value
        for key, value in kept.items()
        if key in declared and len(_dumped(value)) <= MOST_BYTES // 32
    }
    return _dumped({"state": few, "permitted": permitted})


def unpacked(stored: bytes) -> tuple[Mapping[str, Json], frozenset[str] | None]:
    """Return a stored state, and the ids of those who may see the object (None: everybody).

    One that cannot be decrypted is empty, and nobody may see it.
    """
    if is_lost(stored):
        return {}, frozenset()
    both = orjson.loads(stored)
    permitted = both["permitted"]
    return both["state"], None if permitted is None else frozenset(permitted)


def track(session: Session, rows: Iterable[Row]) -> None:
    """Store rows; what is older than the stored state of its object changes nothing.

    Rows are written in a fixed order, so that two processes that store the same objects cannot deadlock.
    """
    newest: dict[tuple[int, str, str], Row] = {}
    for row in rows:
        key = (row["tenant_id"], row["entity"], row["object_id"])
        if key not in newest or row["changed_at"] >= newest[key]["changed_at"]:
            newest[key] = row
    if newest:
        stored = [newest[key] for key in sorted(newest)]
        _STORE.execute(session, encrypt_rows(session, stored, "state"))
        note_changed(session, stored, now())


def _dumped(value: Json) -> bytes:
    try:
        return orjson.dumps(value)
    except TypeError:  # nested too deep, or a number beyond 64 bits
        return b'{"state":{},"permitted":[]}'


def ref_id(raw: Json) -> str | None:
    """Return the id of a reference, as Pipedrive writes it: alone, or in an object."""
    return id_key(raw.get("id", raw.get("value")) if isinstance(raw, Mapping) else raw)


def _number(raw: Json) -> float | None:
    return float(raw) if type(raw) in (int, float) and abs(raw) < 1e15 else None


_TABLE: Any = TrackedObject.__table__
_KEY: Final = ("tenant_id", "entity", "object_id")


def _upsert(insert: Any) -> Any:
    new, old = insert.excluded, _TABLE.c
    columns = {name: new[name] for name in _COLUMNS if name not in _KEY}
    has_moved = (old.entity == DEAL) & (new.changed_at > old.changed_at)
    columns["announced"] = case((has_moved, 0), else_=old.announced)
    columns["heard_at"] = case((new.changed_at > old.changed_at, new.heard_at), else_=old.heard_at)
    return insert.on_conflict_do_update(
        index_elements=_KEY, set_=columns, where=new.changed_at >= old.changed_at
    )


_KEPT: Final = ("announced", "snoozed_until")
_COLUMNS: Final = tuple(column.name for column in _TABLE.c if column.name not in _KEPT)
_STORE: Final = batch_insert(_TABLE, _COLUMNS, _upsert)
