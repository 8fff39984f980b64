"""Changes of a small company, for tests: its deal, its people, its names."""

from typing import Any

from models.pipedrive.change import Change, read
from models.pipedrive.names import Name, Names

HASH = "a" * 40
SIZE = "b" * 40
LINK_BASE = "https://acme.pipedrive.com"

NAMES = Names(
    {
        ("user", "7"): Name("Ada"),
        ("user", "8"): Name("Ben"),
        ("stage", "1"): Name("Qualified", {"pipeline_id": "1", "order": 1}),
        ("stage", "2"): Name("Negotiation", {"pipeline_id": "1", "order": 2}),
        ("pipeline", "1"): Name("Sales"),
        ("organization", "3"): Name("Acme Ltd"),
        ("person", "4"): Name("Grace"),
        ("deal", "43"): Name("The other deal"),
        ("deal_label", "5"): Name("Hot"),
        ("deal_field", HASH): Name("Region"),
        ("deal_field", SIZE): Name("Size", {"kind": "choice", "options": {"11": "Small", "12": "Large"}}),
    }
)

DEAL: dict[str, Any] = {
    "id": 42,
    "title": "Acme renewal",
    "value": 12500,
    "currency": "EUR",
    "status": "open",
    "stage_id": 2,
    "pipeline_id": 1,
    "owner_id": 7,
    "org_id": 3,
    "person_id": 4,
    "label_ids": [5],
    "expected_close_date": "2026-12-31",
    "origin": "ManuallyCreated",
    "channel": 52,
    "visible_to": "3",
    "custom_fields": {HASH: {"type": "varchar", "value": "North"}, SIZE: {"type": "enum", "id": 12}},
}


def told(
    entity: str = "deal", action: str = "change", *, previous: dict[str, Any] | None = None, **now: Any
) -> Change:
    """Parse what Pipedrive would send: the deal above (or just `now` of another entity), changed by Ben."""
    state = {**(DEAL if entity == "deal" else {"id": 42}), **now}
    meta = {
        "action": action,
        "entity": entity,
        "entity_id": "42",
        "user_id": "8",
        "company_id": "1",
        "id": "e1",
    }
    meta |= {"timestamp": "2026-11-20T14:05:07.000Z", "version": "2.0", "webhook_id": "w1"}
    data = None if action == "delete" else state
    before = state if action == "delete" else previous
    change = read({"meta": meta, "data": data, "previous": before}, NAMES)
    assert change is not None
    return change
