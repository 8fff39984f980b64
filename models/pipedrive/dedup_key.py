"""Twins: one change that two webhooks tell of, while new ones of ours replace the old."""

from __future__ import annotations

import hashlib
import json

from models.pipedrive.names import Json

_LONGEST_ID = 100
_SAME = ("entity", "entity_id", "action", "is_bulk_edit", "user_id", "merged_to_id", "merged_from_id")


def content_key(body: Json, raw: bytes) -> str:
    """What makes a change recognisable within a tenant whichever webhook tells of it, and how often it tries.

    It is what the body says of the object before and after; Pipedrive's ids of the event and of the webhook
    are left out, and its time, which is each webhook's own. Two equal changes are told apart by the object's
    `update_time`, so this is for the minutes of a change of webhooks alone. Bodies that are not v2 have
    their ordinary key (`source_key`), and so has what is too deep to write down again.
    """
    meta = body.get("meta") if isinstance(body, dict) else None
    if not isinstance(meta, dict) or "entity" not in meta:
        return source_key(body, raw)
    essence = [[meta.get(name) for name in _SAME], body.get("data"), body.get("previous")]
    try:
        written = json.dumps(essence, sort_keys=True, separators=(",", ":")).encode()
    except (RecursionError, TypeError, ValueError):
        return source_key(body, raw)
    return "twin:" + hashlib.sha256(written).hexdigest()


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
    essence = {key: value for key, value in body.items() if key != "retry"}
    if isinstance(meta, dict):
        essence["meta"] = {key: value for key, value in meta.items() if key != "attempt"}
    try:
        return _digest(json.dumps(essence, sort_keys=True, separators=(",", ":")).encode())
    except (RecursionError, TypeError, ValueError):
        return _digest(raw)


def _digest(essence: bytes) -> str:
    return "sha256:" + hashlib.sha256(essence).hexdigest()


def _is_id(value: Json) -> bool:
    fits = isinstance(value, str | int) and not isinstance(value, bool)
    return fits and str(value).isprintable() and 0 < len(str(value)) <= _LONGEST_ID


def _is_event_id(event: Json, object_id: Json) -> bool:
    return _is_id(event) and str(event) != str(object_id)
