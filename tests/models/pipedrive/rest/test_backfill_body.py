"""A missed change becomes the webhook body that was lost, with one key, and marked as late."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, Final

import pytest

from models.pipedrive.change import read
from models.pipedrive.rest.backfill_body import late_body, late_key, late_key_of
from models.pipedrive.rest.missed import MissedChange

AT: Final = datetime(2026, 11, 20, 13, 0, tzinfo=UTC)
HASH: Final = "a" * 40
STATE: Final[dict[str, Any]] = {
    "id": 42,
    "title": "Acme renewal",
    "status": "won",
    "creator_user_id": 7,
    "update_time": "2026-11-20T13:00:00Z",
    f"custom.{HASH}": {"type": "varchar", "value": "North"},
}


def test_it_reads_as_a_change_that_comes_late() -> None:
    found = MissedChange("change", AT, STATE, {"status": "open", f"custom.{HASH}": None})

    body = late_body("deal", "42", found, company_id="12345", seen_by=["7", "8"])
    change = read(body)

    assert change is not None
    assert change.is_late
    assert change.types == ("deal.updated", "deal.won")
    assert (change.happened_at, change.company_id, change.who_id) == (AT, "12345", None)
    assert change.permitted_user_ids == frozenset({"7", "8"})
    assert change.touched == {"status", f"custom.{HASH}"}
    assert body["data"]["custom_fields"] == {HASH: {"type": "varchar", "value": "North"}}
    assert body["previous"] == {"status": "open", "custom_fields": {HASH: None}}


def test_who_made_it_is_known_of_what_is_new() -> None:
    change = read(late_body("deal", "42", MissedChange("create", AT, STATE, {}), company_id="1"))

    assert change is not None
    assert (change.action, change.who_id) == ("created", "7")


def test_a_deletion_keeps_the_last_state() -> None:
    body = late_body("deal", "42", MissedChange("delete", AT, STATE, {}), company_id="1")

    change = read(body)
    assert change is not None
    assert (change.action, change.before["title"]) == ("deleted", "Acme renewal")
    assert body["meta"]["id"] == "late:deal:42:deleted"


@pytest.mark.parametrize(
    ("before", "touched", "amount"),
    [
        ({"value": 300}, {"value"}, 300),
        ({"currency": "USD"}, {"value", "currency"}, 500),
        ({"value": None}, {"value", "currency"}, None),
    ],
)
def test_the_money_of_a_lead_is_one_again(
    before: dict[str, Any], touched: set[str], amount: int | None
) -> None:
    state = {
        "id": "u",
        "title": "Warm",
        "value": 500,
        "currency": "EUR",
        "update_time": "2026-11-20T13:00:00Z",
    }

    body = late_body("lead", "u", MissedChange("change", AT, state, before), company_id="1")
    change = read(body)

    assert change is not None
    assert body["data"]["value"] == {"amount": 500, "currency": "EUR"}
    assert (change.after["value"], change.after["currency"], change.before["value"]) == (500, "EUR", amount)
    assert change.touched == touched


def test_a_webhook_that_comes_after_all_has_the_same_key() -> None:
    for action, data, previous in (("change", STATE, {"status": "open"}), ("delete", None, STATE)):
        meta = {"action": action, "entity": "deal", "entity_id": "42", "timestamp": "2026-11-20T13:00:01.5Z"}
        change = read({"meta": meta, "data": data, "previous": previous})
        assert change is not None
        late = read(late_body("deal", "42", MissedChange(action, AT, STATE, {}), company_id="1"))
        assert late is not None
        assert late_key_of(change) == late_key_of(late)
    assert late_key("deal", "42", AT) == "late:deal:42:2026-11-20T13:00:00Z"
