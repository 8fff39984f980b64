"""Keys that recognise duplicates: repeats of one webhook, and one change sent by two webhooks."""

from __future__ import annotations

import hashlib
import json

import orjson

from models.pipedrive.names import Json
from models.pipedrive.webhook.parsed import event_time

_LONGEST_ID = 100
_LONGEST_KEY = 128
_CHANGE = ("action", "merged_to_id", "merged_from_id")
_SAME = ("entity", "entity_id", "action", "is_bulk_edit", "user_id", "merged_to_id", "merged_from_id")


def content_key(body: Json, raw: bytes) -> str:
    """Return a key of the change within a tenant, the same from every webhook and in every retry.

    It is made of the object's state before and after; Pipedrive's ids of the event and of the webhook
    are left out, and the time, which differs by webhook. Only the object's `update_time` distinguishes two
    equal changes, so use it only in the minutes while webhooks are replaced. Bodies that are not v2
    get their ordinary key (`source_key`), and so do those nested too deeply to serialise.
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


def change_key(body: Json) -> str | None:
    """Return a key of the change within a tenant, by which two webhooks that tell it are known.

    It is made of entity, id, action, the time of the change to the second, and the state before and after,
    and is the same whoever made the webhooks. None where a body does not say all that, or names no webhook.
    """
    meta = body.get("meta") if isinstance(body, dict) else None
    if not isinstance(meta, dict) or webhook_of(body) is None:
        return None
    which = ("entity", "entity_id") if "entity" in meta else ("object", "id")
    about, at = [meta.get(name) for name in (*which, *_CHANGE)], event_time(meta)
    if at is None or None in about[:3]:
        return None
    sides = [body.get(name) for name in ("data", "current", "previous")]
    try:
        written = orjson.dumps([about, int(at.timestamp()), sides], option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:  # nested too deep, or a number that few programs read
        return None
    return "sha256:" + hashlib.sha256(written).hexdigest()


def webhook_of(body: Json) -> str | None:
    """Return Pipedrive's id of the webhook that sent a body, None for a body that names none."""
    meta = body.get("meta") if isinstance(body, dict) else None
    webhook = meta.get("webhook_id") if isinstance(meta, dict) else None
    return str(webhook) if _is_id(webhook) else None


def source_key(body: Json, raw: bytes) -> str:
    """Return a key that recognises a repeat of one webhook within a tenant.

    v2 has an id of the event (`meta.id`, unique per subscription). For everything else, and for the user
    bodies of v2, which carry the user's id there, it is the SHA-256 of the content without the counters of
    attempts. `raw` is hashed if `body` is no object or nested too deeply to serialise.
    """
    if not isinstance(body, dict):
        return _digest(raw)
    meta = body.get("meta")
    if isinstance(meta, dict) and "entity" in meta:
        webhook, event = meta.get("webhook_id"), meta.get("id")
        if _is_event_id(event, meta.get("entity_id")) and _is_id(webhook):
            key = f"{webhook}:{event}"
            return key if len(key) <= _LONGEST_KEY else _digest(key.encode())
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
