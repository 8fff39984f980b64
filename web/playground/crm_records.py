"""What a Pipedrive record looks like: blank, as webhooks carry it, and as REST gives it."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Record = dict[str, Any]

BLANKS: dict[str, Record] = {
    "deal": {
        "title": "", "value": 0, "currency": "EUR", "status": "open", "stage_id": None, "pipeline_id": None,
        "owner_id": None, "creator_user_id": None, "person_id": None, "org_id": None, "probability": None,
        "expected_close_date": None, "label_ids": [], "lost_reason": None, "lost_time": None,
        "won_time": None, "first_won_time": None, "close_time": None, "stage_change_time": None,
        "channel": None, "channel_id": None, "origin": "ManuallyCreated", "origin_id": None,
        "visible_to": "3", "is_archived": False, "archive_time": None, "custom_fields": {},
    },
    "lead": {
        "title": "", "owner_id": None, "creator_id": None, "person_id": None, "organization_id": None,
        "label_ids": [], "value": None, "expected_close_date": None, "is_archived": False, "was_seen": True,
        "source_name": "Manually created", "origin": "ManuallyCreated", "origin_id": None, "channel": None,
        "channel_id": None, "next_activity_id": None, "custom_fields": {},
    },
    "person": {
        "name": "", "first_name": "", "last_name": None, "emails": [], "phones": [], "org_id": None,
        "owner_id": None, "label": None, "label_ids": [], "visible_to": "3", "custom_fields": {},
    },
    "organization": {
        "name": "", "owner_id": None, "address": None, "country_code": None, "label": None, "label_ids": [],
        "picture_id": None, "website": None, "linkedin": None, "industry": None, "annual_revenue": None,
        "employee_count": None, "visible_to": "3", "custom_fields": {},
    },
    "activity": {
        "subject": "", "type": "task", "owner_id": None, "deal_id": None, "lead_id": None, "person_id": None,
        "org_id": None, "due_date": None, "due_time": None, "duration": None, "done": False,
        "busy_flag": None, "location": None, "public_description": "", "active_flag": True,
        "update_user_id": None, "custom_fields": {},
    },
    "note": {
        "content": "", "user_id": None, "deal_id": None, "person_id": None, "org_id": None, "lead_id": None,
        "project_id": None, "active_flag": True, "pinned_to_deal_flag": False, "pinned_to_person_flag": False,
        "pinned_to_organization_flag": False,
    },
    "pipeline": {
        "name": "", "url_title": "default", "order_nr": 1, "active_flag": True, "deal_probability": True,
    },
    "stage": {
        "name": "", "pipeline_id": None, "order_nr": 1, "active_flag": True, "deal_probability": 100,
        "rotten_flag": False, "rotten_days": None,
    },
    "user": {
        "name": "", "email": "", "default_currency": "EUR", "locale": "en_GB", "lang": "en-GB", "phone": None,
        "active_flag": True, "timezone_name": "Europe/Prague", "icon_url": None, "access": None,
        "last_login": None,
    },
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field of the company's own; `kind` in Pipedrive's words: enum, set, monetary, date, varchar..."""

    name: str
    kind: str
    options: tuple[tuple[int, str], ...] = ()

    @property
    def code(self) -> str:
        """Forty hexadecimal digits, the same in every run."""
        return hashlib.sha1(self.name.encode(), usedforsecurity=False).hexdigest()

    def resource(self) -> Record:
        """As GET /api/v2/dealFields gives it."""
        return field_resource(self.code, self.name, self.kind, self.options, custom=True)


def field_resource(
    code: str, name: str, kind: str, options: tuple[tuple[int, str], ...] = (), *, custom: bool = False
) -> Record:
    shown = [{"id": number, "label": label, "color": None} for number, label in options]
    return {
        "field_name": name,
        "field_code": code,
        "description": "",
        "field_type": kind,
        "options": shown or None,
        "subfields": None,
        "is_custom_field": custom,
        "is_optional_response_field": False,
    }


def now_text() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def event_value(kind: str, bare: Any) -> Any:
    """A custom value as webhooks carry it, from the bare form of REST."""
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
    """A record as REST gives it: bare custom values, and the names that v2 has changed."""
    shown = dict(record)
    if "custom_fields" in shown:
        shown["custom_fields"] = {code: bare_value(value) for code, value in shown["custom_fields"].items()}
    for old, new in _RENAMED.get(entity, {}).items():
        shown[new] = shown.pop(old)
    if entity in ("pipeline", "stage"):
        shown["is_deleted"] = not shown.pop("active_flag")
    elif entity in ("deal", "person", "organization", "activity"):
        shown |= {"is_deleted": False}
    if "visible_to" in shown and entity != "lead":
        shown["visible_to"] = int(shown["visible_to"])
    if entity == "user":
        rights = [
            {"app": "sales", "admin": True, "permission_set_id": "62cc4d7f-4038-4352-abf3-a8c1c822b631"}
        ]
        shown |= {"id": int(shown["id"]), "lang": 1, "access": rights, "last_login": shown["add_time"]}
        shown |= {"is_deleted": False, "activated": True, "is_you": False}
    return shown


_RENAMED = {
    "pipeline": {"deal_probability": "is_deal_probability_enabled"},
    "stage": {"rotten_flag": "is_deal_rot_enabled", "rotten_days": "days_to_rotten"},
    "activity": {"busy_flag": "busy"},
}
