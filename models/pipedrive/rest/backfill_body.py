"""Webhook bodies for changes that a backfill found, in the format of webhooks v2."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from models.pipedrive.change import CATCH_UP, Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import Json
from models.pipedrive.rest.as_webhook import WITHOUT_CUSTOM, written
from models.pipedrive.rest.missed import CREATE, DELETE, MissedChange
from models.pipedrive.webhook.parsed import State, identity

_CUSTOM: Final = "custom."
_MAKERS: Final = ("creator_user_id", "creator_id", "user_id")


def late_key(entity: str, object_id: str, at: datetime | None) -> str:
    """The source key of a missed change, the same every time it is found; `at` is None for a deletion."""
    return f"late:{entity}:{object_id}:{written(at) if at else 'deleted'}"


def late_key_of(change: Change) -> str:
    """The source key that a backfill would give to the change of this webhook."""
    at = None if change.action == "deleted" else change.updated_at
    return late_key(change.entity, change.object_id, at)


def late_body(
    entity: str,
    object_id: str,
    missed: MissedChange,
    *,
    company_id: str,
    who_id: str | None = None,
    seen_by: list[str] | None = None,
) -> dict[str, Json]:
    """The body of a missed change. `seen_by`: ids of the users who may see the object, None where unknown.

    Who did it is known for created objects, else only if REST has it (`who_id`).
    """
    is_gone = missed.action == DELETE
    who = _maker(missed.state) if missed.action == CREATE else who_id
    meta: dict[str, Json] = {
        "action": missed.action,
        "entity": entity,
        "entity_id": object_id,
        "company_id": company_id,
        "id": late_key(entity, object_id, None if is_gone else missed.at),
        "timestamp": written(missed.at),
        "version": "2.0",
        "change_source": CATCH_UP,
        "is_bulk_edit": False,
    }
    meta |= {"user_id": who} if who else {}
    meta |= {"permitted_user_ids": seen_by} if seen_by is not None else {}
    state = as_webhook(entity, missed.state, missed.state)
    if is_gone:
        return {"data": None, "previous": state, "meta": meta}
    before = None if missed.action == CREATE else as_webhook(entity, missed.before, missed.state)
    return {"data": state, "previous": before, "meta": meta}


def _maker(state: Mapping[str, Json]) -> str | None:
    return next((who for key in _MAKERS if (who := identity(state.get(key)))), None)


def as_webhook(entity: str, side: Mapping[str, Json], state: Mapping[str, Json]) -> State:
    """One side with the keys of webhooks: custom fields separate, a lead's money in one object."""
    fields = {key: value for key, value in side.items() if not key.startswith(_CUSTOM)}
    custom = {key.removeprefix(_CUSTOM): each for key, each in side.items() if key.startswith(_CUSTOM)}
    if custom or (side is state and entity not in WITHOUT_CUSTOM):
        fields["custom_fields"] = custom
    money = ENTITIES[entity].money
    if money and (money in fields or "currency" in fields):
        amount, currency = fields.get(money, state.get(money)), fields.pop("currency", state.get("currency"))
        fields[money] = None if amount is None else {"amount": amount, "currency": currency}
    return fields
