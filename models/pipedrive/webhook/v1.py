"""A body of webhooks v1: `current`, the whole `previous`, and `meta` with action and object."""

from collections.abc import Mapping

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

_HASH_LENGTH = 40
_NAMES_INSIDE = (
    ("deal", "title", "deal_title"),
    ("person", "name", "person_name"),
    ("organization", "name", "org_name"),
    ("user", "name", "user_name"),
)


def speaks(body: Mapping[str, Json]) -> bool:
    meta = body.get("meta")
    return isinstance(meta, dict) and "object" in meta


def parse(body: Mapping[str, Json]) -> ParsedWebhook | None:
    """Return the parsed body, None for an entity outside the list. Raises Unreadable."""
    meta = body["meta"]
    entity = ENTITIES.get(meta["object"]) if isinstance(meta["object"], str) else None
    if entity is None:
        return None
    word = meta.get("action")
    action = "updated" if word == "merged" else ACTIONS.get(word) if isinstance(word, str) else None
    if action is None:
        raise Unreadable("meta.action is not added, updated, deleted or merged")
    before, after = sides(body, entity, action)
    object_id = identity(meta.get("id")) or identity((after or before).get("id"))
    if object_id is None:
        raise Unreadable("meta.id is missing")
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
        merged=word == "merged",
        merged_from=identity(meta.get("merged_from_id")),
        merged_to=identity(meta.get("merged_to_id")),
        change_source=identity(meta.get("change_source")),
        is_bulk=meta.get("is_bulk_update") is True,
        permitted_user_ids=users(meta.get("permitted_user_ids")),
    )


def sides(body: Mapping[str, Json], entity: Entity, action: str) -> tuple[State, State]:
    """Both sides with today's keys; of an update only the old values that differ. Raises Unreadable."""
    before = _side(body, entity, "previous")
    if action == "deleted":
        return before or _side(body, entity, "current"), {}
    after = _side(body, entity, "current")
    if not after:
        raise Unreadable("current is missing")
    if action == "created":
        return {}, after
    missing = object()
    return {key: old for key, old in before.items() if after.get(key, missing) != old}, after


def _side(body: Mapping[str, Json], entity: Entity, key: str) -> State:
    return _with_names(_with_custom(state(entity, mapping(body.get(key), key))))


def _with_names(flat: State) -> State:
    """In v1 a note has the names of its objects in objects: `deal: {title}`, `person: {name}`."""
    for key, inner, beside in _NAMES_INSIDE:
        there = flat.get(key)
        if isinstance(there, dict) and beside not in flat and isinstance(there.get(inner), str):
            flat[beside] = there[inner]
    return flat


def _with_custom(flat: State) -> State:
    """In v1 custom fields are top-level keys, their hashes; money has a second key `<hash>_currency`."""
    for key in [key for key in flat if _is_hash(key)]:
        value, currency = flat.pop(key), flat.pop(f"{key}_currency", None)
        flat[f"custom.{key}"] = (
            value if currency is None else {"type": "monetary", "value": value, "currency": currency}
        )
    return flat


def _is_hash(key: str) -> bool:
    return len(key) == _HASH_LENGTH and all(letter in "0123456789abcdef" for letter in key)
