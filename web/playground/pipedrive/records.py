"""The forms of a Pipedrive record: its custom fields, in webhooks, and in REST."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from web.playground.pipedrive.blanks import Record, plain_time


@dataclass(frozen=True, slots=True)
class CustomField:
    """A custom field of the company; `kind` in Pipedrive's words: enum, set, monetary, date, varchar..."""

    name: str
    kind: str
    options: tuple[tuple[int, str], ...] = ()

    @property
    def code(self) -> str:
        """Forty hexadecimal digits, the same in every run."""
        return hashlib.sha1(self.name.encode(), usedforsecurity=False).hexdigest()

    def resource(self) -> Record:
        """The field as in GET /api/v2/dealFields."""
        return field_resource(self.code, self.name, self.kind, self.options, custom=True)


def field_resource(
    code: str, name: str, kind: str, options: tuple[tuple[int, str], ...] = (), *, custom: bool = False
) -> Record:
    shown = [{"id": number, "label": label, "color": None} for number, label in options]
    return {
        "field_name": name,
        "field_code": code,
        "field_type": kind,
        "options": shown or None,
        "subfields": None,
        "is_custom_field": custom,
        "is_optional_response_field": False,
    }


def event_value(kind: str, bare: Any) -> Any:
    """A custom value as in webhooks, from the bare form of REST."""
    if bare is None:
        return None
    if kind == "enum":
        return {"type": "enum", "id": bare}
    if kind == "set":
        return {"type": "set", "values": [{"id": one} for one in bare]}
    if kind in ("people", "org", "user"):
        return {"type": kind, "id": bare}
    if isinstance(bare, Mapping):
        return {"type": kind, **bare}
    return {"type": kind, "value": bare}


def bare_value(typed: Any) -> Any:
    """The reverse of event_value."""
    if not isinstance(typed, Mapping):
        return typed
    kind = typed.get("type")
    if kind == "set":
        return [one["id"] for one in typed["values"]]
    if "id" in typed:
        return typed["id"]
    rest = {key: value for key, value in typed.items() if key != "type"}
    return rest["value"] if rest.keys() == {"value"} else rest


def rest_shape(entity: str, record: Mapping[str, Any]) -> Record:
    """A record as in REST: bare custom values, and the names and forms that v2 has changed."""
    shown = {key: value for key, value in record.items() if key not in _DROPPED.get(entity, ())}
    if "custom_fields" in shown:
        bare = {code: bare_value(value) for code, value in shown["custom_fields"].items()}
        shown |= {"custom_fields": bare} if entity != "lead" else bare
    for old, new in _RENAMED.get(entity, {}).items():
        shown[new] = shown.pop(old)
    if entity in ("pipeline", "stage"):
        shown["is_deleted"] = not shown.pop("active_flag")
    elif entity not in ("lead", "note", "user"):
        shown.setdefault("is_deleted", False)
    if "visible_to" in shown and entity != "lead":
        shown["visible_to"] = int(shown["visible_to"])
    shown["update_time"] = record.get("update_time") or record.get("add_time")
    return _SHAPES[entity](shown) if entity in _SHAPES else shown


def from_rest(entity: str, body: Mapping[str, Any], zone: str) -> Record:
    """The values of a REST body in the form of records; times of day get the user's time `zone`."""
    back = {new: old for old, new in _RENAMED.get(entity, {}).items()}
    fields = {back.get(name, name): value for name, value in body.items()}
    if "visible_to" in fields:
        fields["visible_to"] = str(fields["visible_to"])
    for name in ("due_time", "duration"):
        if entity == "activity" and fields.get(name):
            fields[name] = {"timezone_id": zone, "value": fields[name]}
    return fields


def _activity(shown: Record) -> Record:
    for name in ("due_time", "duration"):
        if shown[name]:
            value = shown[name]["value"]
            shown[name] = f"{value}:00" if len(value) == len("10:00") else value
    return shown


def _user(shown: Record) -> Record:
    made, changed = plain_time(shown.pop("add_time")), plain_time(shown.pop("update_time"))
    admin = bool(shown.pop("is_admin"))
    access = [{"app": app, "admin": admin, "permission_set_id": _PERMISSIONS} for app in ("sales", "global")]
    shown |= {"id": int(shown["id"]), "lang": 1, "access": access, "created": made, "modified": changed}
    shown |= {"last_login": made, "is_deleted": False, "activated": True, "is_you": False, "role_id": 1}
    return shown | {"has_created_company": False, "timezone_offset": "+01:00"}


def _lead(shown: Record) -> Record:
    """Leads are v1: their custom values are among the other keys."""
    del shown["custom_fields"]
    return shown


def _note(shown: Record) -> Record:
    for name in ("add_time", "update_time"):
        shown[name] = plain_time(shown[name])
    return shown


_PERMISSIONS = "62cc4d7f-4038-4352-abf3-a8c1c822b631"
_SHAPES = {"activity": _activity, "user": _user, "note": _note, "lead": _lead}
_RENAMED = {
    "pipeline": {"deal_probability": "is_deal_probability_enabled"},
    "stage": {"rotten_flag": "is_deal_rot_enabled", "rotten_days": "days_to_rotten"},
    "activity": {"busy_flag": "busy"},
    "product": {"selectable": "is_linkable"},
}
_DROPPED = {
    "deal": {"first_won_time"},
    "person": {"label"},
    "organization": {"label", "country_code", "picture_id"},
    "activity": {"active_flag", "update_user_id", "custom_fields"},
    "pipeline": {"url_title"},
}
