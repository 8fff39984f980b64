"""The common result of all dialects, and the parsing of values they share."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache

from models.pipedrive.declaration import Entity
from models.pipedrive.names import Json

State = dict[str, Json]

# The action names of Pipedrive in v1 and v2, and those in hand-written bodies.
ACTIONS = {
    "create": "created",
    "change": "updated",
    "delete": "deleted",
    "added": "created",
    "created": "created",
    "updated": "updated",
    "deleted": "deleted",
}
EVERYBODY = "*"
_YEAR_2100 = 4_102_444_800


class Unreadable(ValueError):
    """The body is no change: a part is missing or invalid. The message says which."""


@dataclass(slots=True)
class ParsedWebhook:
    """A change as in the body, before the derived event types are worked out.

    `refs` are the (kind, key) pairs of the names that it needs, once `models.pipedrive.name_refs` found them.
    """

    entity: Entity
    action: str
    object_id: str
    before: State
    after: State
    touched: frozenset[str]
    company_id: str | None = None
    who_id: str | None = None
    who_name: str | None = None
    happened_at: datetime | None = None
    merged: bool = False
    merged_to: str | None = None
    merged_from: str | None = None
    change_source: str | None = None
    is_bulk: bool = False
    permitted_user_ids: frozenset[str] | None = None
    named_type: str | None = None  # the derived type that a hand-written body names itself
    refs: frozenset[tuple[str, str]] | None = None


def identity(value: Json) -> str | None:
    """An id as text (Pipedrive sends numbers or text), None if there is none."""
    if value is None:
        return None
    if isinstance(value, str):
        return value[:255].replace("\0", "") or None  # PostgreSQL takes no NUL
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**40:
        return str(value)
    return None


def moment(value: Json) -> datetime | None:
    """A time, aware UTC, from RFC 3339, `YYYY-MM-DD HH:MM:SS` (UTC) or UNIX seconds; None if neither."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC) if 0 < value < _YEAR_2100 else None
    if not isinstance(value, str):
        return None
    try:
        read = datetime.fromisoformat(value)
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def event_time(meta: Mapping[str, Json]) -> datetime | None:
    """The time that the `meta` of a webhook (of a hand-written one the body) gives its change, if any."""
    return moment(meta.get("timestamp"))


def moment_of(state: Mapping[str, Json]) -> datetime | None:
    """The time of this state: the last update, of a never updated deal its creation; None if absent."""
    return moment(state.get("update_time")) or moment(state.get("add_time"))


def users(value: Json) -> frozenset[str] | None:
    """The ids of the users who may see the object; None if the body has none, or says `*`: everybody."""
    if not isinstance(value, list) or EVERYBODY in value:
        return None
    return frozenset(str(each) for each in value if type(each) in (str, int))


def mapping(value: Json, what: str) -> Mapping[str, Json]:
    """One side of a change as an object; v1 wraps users in a list. Raises Unreadable for anything else."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Unreadable(f"{what} is not an object")
    return value


def state(entity: Entity, raw: Mapping[str, Json]) -> State:
    """One side of a change with today's keys: `custom.<hash>`, bare money, `label_ids` for `label`."""
    flat = dict(raw)
    custom = flat.pop("custom_fields", None)
    if custom and isinstance(custom, dict):
        flat.update(zip(map(_custom_key, custom), custom.values(), strict=True))
    for older, key in entity.older_keys.items():
        if older in flat and key not in flat:
            old = flat.pop(older)
            flat[key] = _as_list(old) if key == "label_ids" else old
    if entity.money in flat:
        _split_money(flat, entity.money)
    return flat


@lru_cache(maxsize=16384)
def _custom_key(digest: str) -> str:
    """The key of a custom field; kept, because a company has the same two hundred in every body."""
    return f"custom.{digest}"


def _as_list(value: Json) -> Json:
    """v1 sends one label as a number, several as `24,25`."""
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return value if isinstance(value, list) else [] if value is None else [value]


def _split_money(flat: State, key: str) -> None:
    money = flat[key]
    if isinstance(money, dict):
        flat[key], flat["currency"] = money.get("amount"), money.get("currency")
    elif money is None:
        flat["currency"] = None
