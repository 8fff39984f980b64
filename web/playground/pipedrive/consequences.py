"""Automatic effects of a new or changed record, the validity of records, and of what REST writes.

The types of values come from the request bodies in Pipedrive's OpenAPI documents.
"""

import re
from collections.abc import Callable, Collection, Mapping
from typing import TYPE_CHECKING, Any, Final

from web.playground.pipedrive.blanks import Record

if TYPE_CHECKING:
    from web.playground.pipedrive.store import CrmStore

CLOSING = {"won": "won_time", "lost": "lost_time"}
LINKED = {"stage_id": "stage", "owner_id": "user", "person_id": "person", "org_id": "organization"}
LINKED |= {"organization_id": "organization", "deal_id": "deal", "lead_id": "lead", "project_id": "project"}
LINKED |= {"board_id": "board", "phase_id": "phase"}


class CrmError(ValueError):
    """A refusal by Pipedrive, in a sentence for people."""


def complete(store: "CrmStore", entity: str, record: Record) -> None:
    """Fill in Pipedrive's own fields; raises CrmError."""
    if entity == "deal":
        if record["stage_id"] is None:
            pipeline = record["pipeline_id"] or min(int(key) for key in store.records["pipeline"])
            record["stage_id"] = store.stages(pipeline)[0]["id"]
        record["pipeline_id"] = store.get("stage", record["stage_id"])["pipeline_id"]
        record["update_time"] = None
        if record["status"] in CLOSING:
            record[CLOSING[record["status"]]] = record["close_time"] = record["add_time"]
    if entity == "person":
        first, _, last = record["name"].partition(" ")
        record |= {"first_name": first, "last_name": last or None}
    if entity == "user":
        record["id"] = str(record["id"])


def change_along(store: "CrmStore", old: Record, new: Record) -> set[str]:
    """Apply the side effects of a deal's change; returns the additional fields for `previous`."""
    now, further = new["update_time"], set()
    if old["pipeline_id"] != new["pipeline_id"] and old["stage_id"] == new["stage_id"]:
        new["stage_id"] = store.stages(new["pipeline_id"])[0]["id"]
        further |= {"stage_id"}
    if old["stage_id"] != new["stage_id"]:
        new["stage_change_time"] = now
        new["pipeline_id"] = store.get("stage", new["stage_id"])["pipeline_id"]
        further |= {"pipeline_id"} if old["pipeline_id"] != new["pipeline_id"] else set()
    if old["is_archived"] != new["is_archived"]:
        new["archive_time"] = now if new["is_archived"] else None
        further |= {"archive_time"}
    if old["status"] != new["status"]:
        for status, when in CLOSING.items():
            new[when] = now if new["status"] == status else None
        new["close_time"] = now if new["status"] in CLOSING else None
        new["lost_reason"] = new["lost_reason"] if new["status"] == "lost" else None
        new["first_won_time"] = old["first_won_time"] or new["won_time"]
        closing = ("won_time", "lost_time", "close_time", "lost_reason", "first_won_time")
        further |= {name for name in closing if old[name] != new[name]} | {"update_time"}
    return further


def check(store: "CrmStore", entity: str, record: Record, touched: Collection[str] | None = None) -> None:
    """Raises CrmError for a record without a name, or with new links to missing records."""
    name = record.get("title", record.get("name", record.get("subject", record.get("content"))))
    if not isinstance(name, str) or not name.strip():
        raise CrmError(f"A {entity} needs a name.")
    for key, other in LINKED.items():
        if record.get(key) is not None and (touched is None or key in touched):
            store.get(other, record[key])
    if entity == "deal":
        if record["status"] not in ("open", "won", "lost"):
            raise CrmError(f"A deal cannot be {record['status']}.")
        if isinstance(record["value"], bool) or not isinstance(record["value"], int | float):
            raise CrmError("A deal's value is a number.")
    if record.get("visible_to", "3") not in ("1", "3", "5", "7"):
        raise CrmError("visible_to is 1, 3, 5 or 7.")


ACTIVITY_TYPES: Final = ("call", "meeting", "task", "deadline", "email", "lunch")
MOST_REASON: Final = 150
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_CLOCK: Final = re.compile(r"\d\d:\d\d(:\d\d)?")
Check = Callable[[Any], bool]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_id(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _matches(form: re.Pattern[str]) -> Check:
    return lambda value: isinstance(value, str) and form.fullmatch(value) is not None


_IDS: Final[Mapping[str, Check]] = dict.fromkeys(
    ("owner_id", "person_id", "org_id", "organization_id", "stage_id", "pipeline_id", "deal_id"), _is_id
)
_BY_ENTITY: Final[Mapping[str, Mapping[str, Check]]] = {
    "deal": {
        **_IDS,
        "title": _is_text,
        "value": _is_number,
        "currency": _is_text,
        "status": _is_text,
        "lost_reason": lambda value: isinstance(value, str) and len(value) <= MOST_REASON,
        "expected_close_date": _matches(_DAY),
        "is_archived": _is_flag,
    },
    "lead": {**_IDS, "title": _is_text, "is_archived": _is_flag, "expected_close_date": _matches(_DAY)},
    "activity": {
        **_IDS,
        "subject": _is_text,
        "type": lambda value: value in ACTIVITY_TYPES,
        "due_date": _matches(_DAY),
        "due_time": _matches(_CLOCK),
        "duration": _matches(_CLOCK),
        "done": _is_flag,
        "note": _is_text,
    },
    "note": {**_IDS, "content": _is_text},
}


def check_types(entity: str, body: Mapping[str, Any]) -> None:
    """Raise CrmError for a value of the wrong type; null empties a field."""
    known = _BY_ENTITY.get(entity, {})
    wrong = [name for name, value in body.items() if value is not None and not _fits(known.get(name), value)]
    if wrong:
        raise CrmError(f"Parameter validation failed: {', '.join(sorted(wrong))}")
    if body.get("lost_reason") and body.get("status", "lost") != "lost":
        raise CrmError("lost_reason can be set only if the deal's status is lost")


def _fits(check: Check | None, value: Any) -> bool:
    return check is None or check(value)
