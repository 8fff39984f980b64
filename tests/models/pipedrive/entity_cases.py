"""Shared checks of every entity's test: v2 bodies, and how their change is shown to people."""

from collections.abc import Mapping
from typing import Any

from models.pipedrive.change import Change, read
from models.pipedrive.entity import ENTITIES
from models.pipedrive.filters.field_reader import text
from models.pipedrive.filters.resolve import readers
from models.pipedrive.filters.values import Many, Money, Named
from models.pipedrive.names import NO_NAMES, Name, Names

NAMES = Names(
    {
        ("user", "12415231"): Name("Mari Tamm"),
        ("user", "12094821"): Name("Jaan Kask"),
        ("person", "11"): Name("Liis Mets"),
        ("organization", "2"): Name("Põhja OÜ"),
        ("deal", "10"): Name("Põhja renewal"),
        ("stage", "5"): Name("Contacted", {"pipeline_id": "3", "order": 0}),
        ("stage", "6"): Name("Offer made", {"pipeline_id": "3", "order": 1}),
        ("stage", "9"): Name("Onboarding", {"pipeline_id": "4", "order": 0}),
        ("pipeline", "3"): Name("New business"),
        ("pipeline", "4"): Name("Renewals"),
        ("deal_label", "24"): Name("Hot"),
        ("lead_label", "134b4de7-dcbc"): Name("Warm"),
        ("person_label", "5"): Name("Champion"),
        ("organization_label", "7"): Name("Partner"),
    }
)


def created(entity: str, names: Names = NO_NAMES, **state: Any) -> Change:
    return _change(entity, "create", state, None, names)


def updated(entity: str, previous: Mapping[str, Any], names: Names = NO_NAMES, **state: Any) -> Change:
    """The change of a body with these old values in `previous`."""
    return _change(entity, "change", state, dict(previous), names)


def deleted(entity: str, names: Names = NO_NAMES, **state: Any) -> Change:
    return _change(entity, "delete", None, state, names)


def _change(
    entity: str, action: str, data: dict[str, Any] | None, previous: dict[str, Any] | None, names: Names
) -> Change:
    meta = {
        "action": action,
        "company_id": "8087566",
        "correlation_id": "121e5331-7ec6-4af8-9994-0e52fb489044",
        "entity_id": str((data or previous or {})["id"]),
        "entity": entity,
        "id": "df47d877-b58c-4886-91cd-1aa83e1d7366",
        "is_bulk_edit": False,
        "timestamp": "2026-11-20T15:11:55.724Z",
        "type": "general",
        "user_id": "12094821",
        "version": "2.0",
        "webhook_id": "4710827",
        "change_source": "app",
        "attempt": 1,
    }
    change = read({"data": data, "previous": previous, "meta": meta}, names)
    assert change is not None
    return change


def shown(change: Change, field: str) -> Any:
    """The value that a filter finds in a field: a name if known, names of a set sorted, else the value."""
    reader = readers(field, [change.entity], NAMES)[change.entity]
    found = reader.value(change.state, change, NAMES)
    if isinstance(found, Named):
        return found.name
    if isinstance(found, Many):
        return sorted(found.shown)
    return (found.amount, found.currency) if isinstance(found, Money) else found


def title(change: Change) -> str | None:
    return text(change.state[ENTITIES[change.entity].title])


def link(change: Change) -> str:
    return ENTITIES[change.entity].path(change.object_id)


def base_types(entity: str, **state: Any) -> list[tuple[str, ...]]:
    """The types of an object that is created, gets a new title, and is deleted."""
    key = ENTITIES[entity].title
    changes = (
        created(entity, **state),
        updated(entity, {key: "Before"}, **state),
        deleted(entity, **state),
    )
    return [change.types for change in changes]
