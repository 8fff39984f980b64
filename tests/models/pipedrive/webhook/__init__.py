"""Bodies for tests: short ways to write one change, and the published samples."""

import json
from pathlib import Path
from typing import Any

import pytest

from models.pipedrive.change import Change, read
from models.pipedrive.names import NO_NAMES, Name, Names

SAMPLES = Path(__file__).resolve().parents[5] / "shared" / "samples" / "pipedrive_events"
HASH = "9dc80c50d78a15643bfc4ca79d76156a73a1ca0e"

NAMES = Names(
    {
        ("stage", "1"): Name("Qualified", {"pipeline_id": "1", "order": 1}),
        ("stage", "2"): Name("Negotiation", {"pipeline_id": "1", "order": 2}),
        ("stage", "7"): Name("Inbound", {"pipeline_id": "2", "order": 0}),
        ("pipeline", "1"): Name("Sales"),
        ("user", "42"): Name("Ada Lovelace"),
        ("user", "43"): Name("Grace Hopper"),
        ("person", "8"): Name("Jane Doe"),
        ("organization", "1"): Name("Straße & Söhne"),
        ("deal_label", "24"): Name("Hot"),
        ("deal_label", "25"): Name("Cold"),
        ("deal_field", HASH): Name(
            "Customer type", {"kind": "choice", "options": {"190": "Private", "191": "Company"}}
        ),
        ("deal_field", "b" * 40): Name("Budget", {"kind": "money"}),
        ("deal_field", "c" * 40): Name("Regions", {"kind": "set", "options": {"1": "North", "2": "South"}}),
    }
)


def v2(
    action: str = "change",
    entity: str = "deal",
    *,
    data: dict[str, Any] | None = None,
    previous: dict[str, Any] | None = None,
    **meta: Any,
) -> dict[str, Any]:
    """A body of webhooks v2; a deal has all the usual keys unless `data` says otherwise."""
    deal = {"id": 8, "title": "Big deal", "value": 12500, "currency": "EUR", "status": "open", "stage_id": 2}
    usual = deal | {"pipeline_id": 1, "owner_id": 42, "person_id": 8, "org_id": 1, "label_ids": [24]}
    whole = {**(usual if entity == "deal" else {"id": 8}), **(data or {})}
    return {
        "data": None if action == "delete" else whole,
        "previous": whole if action == "delete" else previous,
        "meta": {
            "action": action,
            "entity": entity,
            "entity_id": str(whole["id"]),
            "company_id": "12345",
            "user_id": "43",
            "webhook_id": "77",
            "id": "5f0c5a3e-0000-4000-8000-000000000001",
            "timestamp": "2026-11-20T12:00:00.000Z",
            "version": "2.0",
            "attempt": 1,
        }
        | meta,
    }


def changed(previous: dict[str, Any], names: Names = NO_NAMES, **data: Any) -> Change:
    """An update of a deal: the old values, and the different new ones."""
    return known(v2(previous=previous, data=data), names)


def known(body: dict[str, Any], names: Names = NO_NAMES) -> Change:
    change = read(body, names)
    assert change is not None
    return change


def sample(name: str) -> dict[str, Any]:
    """A published body; skips the test, visibly, if the samples are missing."""
    path = SAMPLES / name
    if not path.exists():
        pytest.skip(f"no sample {name}")
    whole: dict[str, Any] = json.loads(path.read_text())
    body: dict[str, Any] = whole.get("body", whole)
    return body
