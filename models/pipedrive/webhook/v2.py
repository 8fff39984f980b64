"""A body of webhooks v2: `data`, `previous` and `meta`; the keys of `previous` are the changed fields."""

from collections.abc import Mapping
from typing import Final

from models.pipedrive.entity import ENTITIES, Entity
from models.pipedrive.names import Json
from models.pipedrive.webhook.parsed import (
    ACTIONS,
    ParsedWebhook,
    State,
    Unreadable,
    event_time,
    identity,
    mapping,
    state,
    users,
)

SCORED: Final = "lead.scored"
_SCORED_VERB: Final = SCORED.partition(".")[2]
OURS: Final = "pipenotify"  # the `meta.change_source` of what we found ourselves (`models.pipedrive.signal`)


def speaks(body: Mapping[str, Json]) -> bool:
    meta = body.get("meta")
    return isinstance(meta, dict) and "entity" in meta


def parse(body: Mapping[str, Json]) -> ParsedWebhook | None:
    """Return the parsed body, None for an entity outside the list. Raises Unreadable."""
    meta = body["meta"]
    entity = ENTITIES.get(meta["entity"]) if isinstance(meta["entity"], str) else None
    if entity is None:
        return None
    action = ACTIONS.get(meta.get("action")) if isinstance(meta.get("action"), str) else None
    if action is None:
        raise Unreadable("meta.action is not create, change or delete")
    before, after = _sides(body, entity, action)
    object_id = identity(meta.get("entity_id")) or identity((after or before).get("id"))
    if object_id is None:
        raise Unreadable("meta.entity_id is missing")
    return ParsedWebhook(
        entity=entity,
        action=action,
        object_id=object_id,
        before=before,
        after=after,
        touched=frozenset(before) if action == "updated" else frozenset(),
        company_id=identity(meta.get("company_id")),
        who_id=identity(meta.get("user_id")),
        happened_at=event_time(meta),
        merged=identity(meta.get("merged_from_id")) is not None,
        merged_to=identity(meta.get("merged_to_id")),
        merged_from=identity(meta.get("merged_from_id")),
        change_source=identity(meta.get("change_source")),
        is_bulk=meta.get("is_bulk_edit") is True,
        permitted_user_ids=users(meta.get("permitted_user_ids")),
        named_type=_signal(entity, meta),
    )


def _signal(entity: Entity, meta: Mapping[str, Json]) -> str | None:
    verb = meta.get("signal")
    is_ours = meta.get("change_source") == OURS and isinstance(verb, str) and verb in entity.signals
    if not is_ours:
        return None
    return SCORED if verb == _SCORED_VERB else f"{entity.key}.{verb}"  # also of a deal that is a lead


def _sides(body: Mapping[str, Json], entity: Entity, action: str) -> tuple[State, State]:
    before = state(entity, mapping(body.get("previous"), "previous"))
    if action == "deleted":
        return before, {}
    after = state(entity, mapping(body.get("data"), "data"))
    if not after:
        raise Unreadable("data is missing")
    if action == "created":
        return {}, after
    if entity.money in before and before.get("currency") == after.get("currency"):
        # The money of a lead is one key of `previous`; its currency counts as changed if it differs.
        before.pop("currency", None)
    return before, after
