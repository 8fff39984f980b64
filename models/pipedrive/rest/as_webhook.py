"""Converts an object of Pipedrive's REST API to the form of a webhook: same keys, same types.

REST and webhooks name some things differently (`busy` and `busy_flag`), and custom fields are bare in
REST (`17`) and typed in webhooks (`{"type": "enum", "id": 17}`). Sources: the OpenAPI documents of v1 and
v2, https://pipedrive.readme.io/docs/webhooks-v2-migration-guide and the bodies documented there.
"""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Final

from models.pipedrive.names import Json
from models.pipedrive.webhook.parsed import State, identity, moment

FIELDS_OF: Final = {"lead": "deal"}  # a lead has the custom fields of deals
WITHOUT_CUSTOM: Final = ("activity", "note")  # notes have none; REST does not return those of activities

_HASH_LENGTH: Final = 40
_RENAMED: Final = {"activity": {"busy": "busy_flag"}, "product": {"is_linkable": "selectable"}}
_ONLY_IN_REST: Final = {
    "deal": ("is_deleted", "local_won_date", "local_lost_date", "local_close_date"),
    "person": ("is_deleted",),
    "organization": ("is_deleted",),
    "activity": ("participants", "attendees", "marked_as_done_time"),
    "product": ("is_deleted",),
    "lead": ("cc_email",),
    "note": ("deal", "person", "organization", "project", "task", "user", "last_update_user_id"),
}
_CLOCKED: Final = ("due_time", "duration")  # of an activity
_BY_ID: Final = ("enum", "people", "org", "user")
_RANGES: Final = ("daterange", "timerange")


def kinds_of(definitions: Iterable[Mapping[str, Json]]) -> dict[str, str]:
    """The type of each custom field (`enum`, `monetary` ...) by its code, from Pipedrive's list of fields."""
    return {
        code: str(each.get("field_type"))
        for each in definitions
        if isinstance(code := each.get("field_code"), str) and each.get("is_custom_field") is True
    }


def data_of(entity: str, item: Mapping[str, Json], kinds: Mapping[str, str]) -> State:
    """An item of a REST list in the form of a webhook's `data`.

    `kinds` is the result of `kinds_of`; a custom field missing there keeps its value without a type.
    """
    data = {key: value for key, value in item.items() if key not in _ONLY_IN_REST[entity]}
    for rest, webhook_key in _RENAMED.get(entity, {}).items():
        if rest in data:
            data[webhook_key] = data.pop(rest)
    if data.get("status") == "deleted":
        del data["status"]  # webhooks keep the former status, which is unknown here
    if entity == "activity":
        _like_an_activity(data)
    if entity == "note":
        data |= {key: _rfc3339(data[key]) for key in ("add_time", "update_time") if data.get(key)}
    if isinstance(data.get("visible_to"), int):
        data["visible_to"] = str(data["visible_to"])
    if entity not in WITHOUT_CUSTOM:
        data["custom_fields"] = {key: _typed(value, kinds.get(key)) for key, value in _custom(data).items()}
    return data


def custom_codes(item: Mapping[str, Json]) -> set[str]:
    """The codes of the custom fields with a value: only these need definitions."""
    return {key for key, value in _custom(dict(item)).items() if value is not None}


def is_gone(item: Mapping[str, Json]) -> bool:
    """Whether Pipedrive lists this as deleted."""
    return item.get("is_deleted") is True or item.get("active_flag") is False


def done_at(item: Mapping[str, Json]) -> datetime | None:
    """When an activity was marked as done; only REST has it."""
    return moment(item.get("marked_as_done_time"))


def updater_of(item: Mapping[str, Json]) -> str | None:
    """Who changed it last; REST has it only for notes."""
    return identity(item.get("last_update_user_id"))


def _like_an_activity(data: State) -> None:
    data["active_flag"] = data.pop("is_deleted", False) is not True
    for key in _CLOCKED:
        if isinstance(data.get(key), str):
            data[key] = {"timezone_id": None, "value": data[key]}


def _custom(data: State) -> dict[str, Json]:
    """Remove and return the custom fields of a REST object; in a v1 lead they are among its other keys."""
    beside = {key: data.pop(key) for key in [*data] if _is_code(key)}
    inside = data.pop("custom_fields", None)
    return {**beside, **inside} if isinstance(inside, dict) else beside


def _is_code(key: str) -> bool:
    return len(key) == _HASH_LENGTH and not key.strip("0123456789abcdef")


def _typed(value: Json, kind: str | None) -> Json:
    if value is None or (isinstance(value, dict) and "type" in value):
        return value
    if kind == "set" or isinstance(value, list):
        chosen = value if isinstance(value, list) else [value]
        return {"type": "set", "values": [{"id": each} for each in chosen]}
    typed = {"type": kind} if kind else {}
    if isinstance(value, dict):
        return {**typed, **_webhook_range(value, kind)}
    return {**typed, ("id" if kind in _BY_ID else "value"): value}


def _webhook_range(value: dict[str, Json], kind: str | None) -> dict[str, Json]:
    """REST has `value` and `until` where webhooks have `from` and `until`."""
    if kind in _RANGES and "value" in value and "from" not in value:
        return {("from" if key == "value" else key): each for key, each in value.items()}
    return value


def _rfc3339(key: Json) -> Json:
    """v1 writes `2026-11-20 14:03:00` and means UTC."""
    at = moment(key)
    return key if at is None else written(at)


def written(at: datetime) -> str:
    """A moment as webhooks write it: `2026-11-20T14:03:00Z`."""
    return at.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
