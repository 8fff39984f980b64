"""Checks on the fields of a deal, case by case."""

from __future__ import annotations

from typing import Any

import pytest

from models.nudges.checks.fields import lost_without_reason, missing_fields, no_contact, no_value
from tests.models.nudges.facts_of import facts


@pytest.mark.parametrize(
    ("value", "is_found"), [(None, True), (0, True), (0.0, True), ("", True), (1, False), (0.5, False)]
)
def test_a_deal_needs_a_value(value: Any, *, is_found: bool) -> None:
    assert (no_value(facts({"value": value})) is not None) is is_found


@pytest.mark.parametrize(("person", "is_found"), [(None, True), (3, False), ({"value": 3}, False)])
def test_a_deal_needs_a_contact(person: Any, *, is_found: bool) -> None:
    assert (no_contact(facts({"person_id": person})) is not None) is is_found


@pytest.mark.parametrize(
    ("required", "state", "missing"),
    [
        ((), {}, None),
        (("value",), {}, None),
        (("value",), {"value": 0}, None),  # zero is a value; another check asks
        (("value", "custom.abc"), {"value": None}, ["value", "custom.abc"]),
        (("custom.abc",), {"custom.abc": {"id": 4}}, None),
        (("custom.abc",), {"custom.abc": ""}, ["custom.abc"]),
        (("label_ids",), {"label_ids": []}, ["label_ids"]),
    ],
)
def test_a_stage_requires_its_fields(
    required: tuple[str, ...], state: dict[str, Any], missing: list[str] | None
) -> None:
    found = missing_fields(facts(state, required=required))
    assert (found and list(found.fields)) == missing


@pytest.mark.parametrize(
    ("state", "is_found"),
    [
        ({"status": "lost"}, True),
        ({"status": "lost", "lost_reason": "  "}, True),
        ({"status": "lost", "lost_reason": "Price"}, False),
        ({"status": "won"}, False),
        ({}, False),
    ],
)
def test_a_lost_deal_needs_a_reason(state: dict[str, Any], *, is_found: bool) -> None:
    assert (lost_without_reason(facts(state, is_open=False)) is not None) is is_found
