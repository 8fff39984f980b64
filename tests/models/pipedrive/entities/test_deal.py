"""A deal: closed, opened, moved and repriced, with the event types that sales teams use."""

from typing import Any

import pytest

from models.pipedrive.entities.deal import DEAL
from tests.models.pipedrive.entity_cases import (
    NAMES,
    base_types,
    created,
    deleted,
    link,
    shown,
    title,
    updated,
)

STATE: dict[str, Any] = {
    "id": 10,
    "title": "Põhja renewal",
    "value": 4200.5,
    "currency": "EUR",
    "status": "open",
    "stage_id": 6,
    "pipeline_id": 3,
    "owner_id": 12415231,
    "person_id": 11,
    "org_id": 2,
    "label_ids": [24, 99],
    "lost_reason": None,
    "expected_close_date": "2026-12-31",
}


def test_a_plain_deal_has_the_base_types_alone() -> None:
    assert base_types("deal", **STATE) == [("deal.created",), ("deal.updated",), ("deal.deleted",)]


@pytest.mark.parametrize(
    ("previous", "now", "derived"),
    [
        ({"status": "open"}, {"status": "won"}, ("deal.won",)),
        ({"status": "lost"}, {"status": "won"}, ("deal.won",)),
        ({"status": "open"}, {"status": "lost"}, ("deal.lost",)),
        ({"status": "won"}, {"status": "open"}, ("deal.reopened",)),
        ({"status": "lost"}, {"status": "open"}, ("deal.reopened",)),
        ({"status": "won"}, {"status": "won"}, ()),
        ({"title": "x"}, {"status": "won"}, ()),
        ({"stage_id": 5}, {}, ("deal.stage_changed",)),
        ({"stage_id": 6}, {"stage_id": 5}, ("deal.stage_changed", "deal.stage_regressed")),
        ({"stage_id": 9}, {"stage_id": 5}, ("deal.stage_changed",)),
        ({"value": 1}, {}, ("deal.value_changed",)),
        ({"owner_id": 1}, {}, ("deal.owner_changed",)),
        (
            {"stage_id": 5, "value": None, "status": "open"},
            {"status": "won"},
            ("deal.won", "deal.stage_changed", "deal.value_changed"),
        ),
    ],
)
def test_derived_types_follow_what_was_touched(
    previous: dict[str, Any], now: dict[str, Any], derived: tuple[str, ...]
) -> None:
    assert updated("deal", previous, NAMES, **(STATE | now)).types == ("deal.updated", *derived)


@pytest.mark.parametrize("status", ["won", "lost"])
def test_a_deal_created_closed_says_so(status: str) -> None:
    assert created("deal", **(STATE | {"status": status})).types == ("deal.created", f"deal.{status}")


def test_people_read_names_and_money_instead_of_ids() -> None:
    change = created("deal", **STATE)
    seen = {
        field: shown(change, field) for field in ("stage", "pipeline", "owner", "person", "organization.name")
    }
    assert seen == {
        "stage": "Offer made",
        "pipeline": "New business",
        "owner": "Mari Tamm",
        "person": "Liis Mets",
        "organization.name": "Põhja OÜ",
    }
    assert shown(change, "value") == (4200.5, "EUR")
    assert shown(change, "label") == ["Hot", "id 99"]
    assert shown(change, "who") == "Jaan Kask"


def test_a_deleted_deal_keeps_its_title_and_its_page() -> None:
    change = deleted("deal", **STATE)
    assert (title(change), link(change)) == ("Põhja renewal", "/deal/10")


def test_that_it_stalls_and_its_score_as_a_lead_are_found_by_ourselves() -> None:
    assert DEAL.signals == ("stalled", "scored")
    assert "deal.stalled" in DEAL.event_types
