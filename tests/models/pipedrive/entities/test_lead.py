"""A lead: its money is one object, its organization has another key, and it is archived at its end."""

from typing import Any

import pytest

from models.pipedrive.entities.lead import LEAD
from tests.models.pipedrive.entity_cases import base_types, created, deleted, link, shown, title, updated

KEY = "b1810230-6c0d-11ed-9826-a53d0eb706a5"
STATE: dict[str, Any] = {
    "id": KEY,
    "title": "Põhja asks",
    "value": {"amount": 500, "currency": "EUR"},
    "owner_id": 12415231,
    "person_id": 11,
    "organization_id": 2,
    "label_ids": ["134b4de7-dcbc"],
    "is_archived": False,
    "source_name": "Web form",
}


def test_a_plain_lead_has_the_base_types_alone() -> None:
    assert base_types("lead", **STATE) == [("lead.created",), ("lead.updated",), ("lead.deleted",)]


@pytest.mark.parametrize(
    ("previous", "now", "derived"),
    [
        ({"is_archived": False}, {"is_archived": True}, ("lead.converted",)),
        ({"is_archived": True}, {"is_archived": False}, ()),
        ({"owner_id": 1}, {}, ("lead.assigned",)),
        ({"value": {"amount": 1, "currency": "EUR"}}, {}, ()),
    ],
)
def test_derived_types_follow_what_was_touched(
    previous: dict[str, Any], now: dict[str, Any], derived: tuple[str, ...]
) -> None:
    assert updated("lead", previous, **(STATE | now)).types == ("lead.updated", *derived)


def test_a_score_is_our_own_finding() -> None:
    assert LEAD.signals == ("scored",)
    assert LEAD.event_types[-1] == "lead.scored"


def test_the_value_of_a_lead_is_bare_money_with_its_currency() -> None:
    change = created("lead", **STATE)
    assert shown(change, "value") == (500, "EUR")
    assert shown(change, "currency") == "EUR"


def test_the_money_of_a_lead_may_be_taken_away() -> None:
    change = updated("lead", {"value": {"amount": 500, "currency": "EUR"}}, **(STATE | {"value": None}))
    assert change.touched == {"value", "currency"}
    assert (shown(change, "value"), change.after["currency"]) == (None, None)


def test_people_read_names_instead_of_ids() -> None:
    change = created("lead", **STATE)
    assert [shown(change, field) for field in ("owner", "person.name", "organization", "label")] == [
        "Mari Tamm",
        "Liis Mets",
        "Põhja OÜ",
        ["Warm"],
    ]


def test_a_lead_is_known_by_its_text_id_and_has_a_page() -> None:
    change = deleted("lead", **STATE)
    assert (change.object_id, title(change)) == (KEY, "Põhja asks")
    assert link(change) == f"/leads/inbox/{KEY}"


def test_a_lead_has_the_custom_fields_of_deals() -> None:
    assert "deal_field" in LEAD.custom
