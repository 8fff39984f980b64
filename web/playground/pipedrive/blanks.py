"""The initial state of a new record of each kind, as in webhooks."""

from typing import Any

Record = dict[str, Any]

BLANKS: dict[str, Record] = {
    "deal": {
        "title": "", "value": 0, "currency": "EUR", "status": "open", "stage_id": None, "pipeline_id": None,
        "owner_id": None, "creator_user_id": None, "person_id": None, "org_id": None, "probability": None,
        "expected_close_date": None, "label_ids": [], "lost_reason": None, "lost_time": None,
        "won_time": None, "first_won_time": None, "close_time": None, "stage_change_time": None,
        "channel": None, "channel_id": None, "origin": "ManuallyCreated", "origin_id": None,
        "visible_to": "3", "is_archived": False, "archive_time": None, "source_lead_id": None,
        "custom_fields": {},
    },
    "lead": {
        "title": "", "owner_id": None, "creator_id": None, "person_id": None, "organization_id": None,
        "label_ids": [], "value": None, "expected_close_date": None, "is_archived": False, "was_seen": True,
        "source_name": "Manually created", "origin": "ManuallyCreated", "origin_id": None, "channel": None,
        "channel_id": None, "next_activity_id": None, "visible_to": "3", "custom_fields": {},
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
        "update_user_id": None, "creator_user_id": None, "project_id": None, "note": None, "priority": None,
        "participants": [], "attendees": [], "custom_fields": {},
    },
    "note": {
        "content": "", "user_id": None, "deal_id": None, "person_id": None, "org_id": None, "lead_id": None,
        "project_id": None, "active_flag": True, "pinned_to_deal_flag": False, "pinned_to_person_flag": False,
        "pinned_to_organization_flag": False,
    },
    "product": {
        "name": "", "code": None, "description": None, "unit": None, "tax": 0, "category": None,
        "owner_id": None, "selectable": True, "visible_to": "3", "prices": [], "custom_fields": {},
    },
    "project": {
        "title": "", "description": None, "status": "open", "owner_id": None, "start_date": None,
        "end_date": None, "board_id": None, "phase_id": None, "deal_ids": [], "person_ids": [], "org_ids": [],
        "label_ids": [], "status_change_time": None, "archive_time": None, "health_status": None,
        "custom_fields": {},
    },
    "task": {
        "title": "", "description": None, "project_id": None, "parent_task_id": None, "assignee_id": None,
        "creator_id": None, "due_date": None, "done": False,
    },
    "board": {"name": "", "order_nr": 1},
    "phase": {"name": "", "board_id": None, "order_nr": 1},
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
        "last_login": None, "is_admin": False,
    },
}  # fmt: skip

# What REST has and webhooks do not. Sources: the published bodies, and the OpenAPI documents.
UNTOLD: dict[str, frozenset[str]] = {
    "deal": frozenset({"source_lead_id"}),
    "lead": frozenset({"visible_to"}),
    "activity": frozenset({"creator_user_id", "project_id", "note", "priority", "participants", "attendees"}),
    "user": frozenset({"is_admin", "add_time", "update_time"}),
}
CREATORS = {"deal": "creator_user_id", "lead": "creator_id", "note": "user_id"}
CREATORS |= {"activity": "creator_user_id", "task": "creator_id"}
CHILDREN = {"project": ("task", "project_id"), "board": ("phase", "board_id")}
FIELD_OWNERS = ("deal", "lead", "person", "organization", "product", "project")


def as_webhook_body(entity: str, record: Record | None) -> Record | None:
    """A record, or its old values, in the form of a webhook."""
    if record is None:
        return None
    shown = {key: value for key, value in record.items() if key not in UNTOLD.get(entity, ())}
    if entity == "user":  # users have another time format
        for key, source in (("created", "add_time"), ("modified", "update_time")):
            shown |= {key: plain_time(record[source])} if record.get(source) else {}
    return shown


def plain_time(text: str) -> str:
    """The time format of users and notes: `2026-11-21 10:00:00`, in UTC."""
    return text[:19].replace("T", " ")
