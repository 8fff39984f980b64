"""Twins: one change that two webhooks tell of, while new ones of ours replace the old."""

from __future__ import annotations

import hashlib
import json

from models.pipedrive.change import source_key
from models.pipedrive.names import Json

_SAME = ("entity", "entity_id", "action", "is_bulk_edit", "user_id", "merged_to_id", "merged_from_id")


def twin_key(body: Json, raw: bytes) -> str:
    """What makes a change recognisable within a tenant whichever webhook tells of it, and how often it tries.

    It is what the body says of the object before and after; Pipedrive's ids of the event and of the webhook
    are left out, and its time, which is each webhook's own. Two equal changes are told apart by the object's
    `update_time`, so this is for the minutes of a change of webhooks alone. Bodies that are not v2 have
    their ordinary key (`source_key`), and so has what is too deep to write down again.
    """
    meta = body.get("meta") if isinstance(body, dict) else None
    if not isinstance(meta, dict) or "entity" not in meta:
        return source_key(body, raw)
    said = [[meta.get(name) for name in _SAME], body.get("data"), body.get("previous")]
    try:
        written = json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
    except (RecursionError, TypeError, ValueError):
        return source_key(body, raw)
    return "twin:" + hashlib.sha256(written).hexdigest()
