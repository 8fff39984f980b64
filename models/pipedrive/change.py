"""One webhook body of Pipedrive read as one change: what happened to which object, and what was touched."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from models.pipedrive.bodies import flat, v1, v2
from models.pipedrive.bodies.told import Told, Unreadable
from models.pipedrive.derived import types_of
from models.pipedrive.names import NO_NAMES, Json, Names

__all__ = ["CATCH_UP", "Change", "Unreadable", "read", "source_key"]

CATCH_UP = "catch_up"  # the `meta.change_source` of a change that no webhook told; we found it later
_LONGEST_ID = 100


@dataclass(frozen=True, slots=True)
class Change:
    """What an event means.

    `before` holds the old values of what was touched, of a deleted object its whole last state; `after` the
    whole present state, empty when deleted. Both have custom fields as `custom.<hash>` and the money of a
    lead as `value` and `currency`. `types` starts with the base type. `doubts` are the types nobody can
    decide, with the reason. `who_name` is known only where a body says it.
    """

    entity: str
    action: str
    object_id: str
    before: Mapping[str, Json]
    after: Mapping[str, Json]
    touched: frozenset[str]
    types: tuple[str, ...]
    who_id: str | None = None
    company_id: str | None = None
    happened_at: datetime | None = None
    merged_to: str | None = None
    merged_from: str | None = None
    change_source: str | None = None
    is_bulk: bool = False
    permitted_user_ids: frozenset[str] | None = None
    who_name: str | None = None
    doubts: tuple[tuple[str, str], ...] = ()

    @property
    def state(self) -> Mapping[str, Json]:
        """What a card shows: the present state, of a deleted object the last one."""
        return self.after or self.before

    @property
    def is_late(self) -> bool:
        """Whether its webhook was missed, so that it is told later than it happened."""
        return self.change_source == CATCH_UP


def read(body: Mapping[str, Json], names: Names = NO_NAMES) -> Change | None:
    """The change a body tells of, None for an entity outside the list.

    Raises Unreadable when the body is none of the dialects, or lacks what a change needs.
    """
    dialect = next((each for each in (v2, v1, flat) if each.speaks(body)), None)
    if dialect is None:
        raise Unreadable("neither meta nor event")
    try:
        told = dialect.tell(body)
        return None if told is None else _change(_user_gone(told), names)
    except RecursionError as deep:
        raise Unreadable("nested too deep") from deep


def source_key(body: Json, raw: bytes) -> str:
    """What makes a repeat of one webhook recognisable within a tenant.

    v2 has an id of the event (`meta.id`, unique per subscription). Everything else, and the user bodies of v2
    that carry the user's id there, are known by the SHA-256 of what they say, without the counters of
    attempts. `raw` is hashed where `body` is no object or too deep to write down again.
    """
    if not isinstance(body, dict):
        return _digest(raw)
    meta = body.get("meta")
    if isinstance(meta, dict) and "entity" in meta:
        webhook, event = meta.get("webhook_id"), meta.get("id")
        if _is_event_id(event, meta.get("entity_id")) and _is_id(webhook):
            return f"{webhook}:{event}"
    said = {key: value for key, value in body.items() if key != "retry"}
    if isinstance(meta, dict):
        said["meta"] = {key: value for key, value in meta.items() if key != "attempt"}
    try:
        return _digest(json.dumps(said, sort_keys=True, separators=(",", ":")).encode())
    except (RecursionError, TypeError, ValueError):
        return _digest(raw)


def _digest(said: bytes) -> str:
    return "sha256:" + hashlib.sha256(said).hexdigest()


def _is_id(value: Json) -> bool:
    fits = isinstance(value, str | int) and not isinstance(value, bool)
    return fits and str(value).isprintable() and 0 < len(str(value)) <= _LONGEST_ID


def _is_event_id(event: Json, object_id: Json) -> bool:
    return _is_id(event) and str(event) != str(object_id)


def _user_gone(told: Told) -> Told:
    """Pipedrive tells of a user who left as a change to `active_flag: false` (its own samples)."""
    if (
        told.entity.key == "user"
        and "active_flag" in told.touched
        and told.after.get("active_flag") in (False, 0)
    ):
        told.action, told.before = "deleted", {**told.after, **told.before}
        told.after, told.touched = {}, frozenset()
    return told


def _change(told: Told, names: Names) -> Change:
    types, doubts = types_of(told, names)
    return Change(
        entity=told.entity.key,
        action=told.action,
        object_id=told.object_id,
        before=told.before,
        after=told.after,
        touched=told.touched,
        types=types,
        who_id=told.who_id,
        company_id=told.company_id,
        happened_at=told.happened_at,
        merged_to=told.merged_to,
        merged_from=told.merged_from,
        change_source=told.change_source,
        is_bulk=told.is_bulk,
        permitted_user_ids=told.permitted_user_ids,
        who_name=told.who_name,
        doubts=doubts,
    )
