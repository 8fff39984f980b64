"""The types of what REST writes: Pipedrive answers 400 to a text where a number belongs, and so on.

Source: the request bodies in Pipedrive's OpenAPI documents.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, Final

from web.playground.pipedrive.consequences import CrmError

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
