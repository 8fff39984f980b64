from typing import Any

import pytest

from models.pipedrive.filters.filters import parse
from models.pipedrive.names import NO_NAMES
from tests.models.pipedrive.webhook import HASH, NAMES, known, v2

CANNOT_SAY = None
CUSTOM = f"custom.{HASH}"


def decide(field: str, op: str, value: Any, custom_fields: dict[str, Any]) -> bool | None:
    """What a condition says of a deal with these custom fields, names known."""
    tree = {"field": field, "op": op, "value": value}
    change = known(v2("create", data={"custom_fields": custom_fields}), NAMES)
    return parse(tree, ["deal"], NAMES).decide(change, NAMES).holds


@pytest.mark.parametrize(
    ("have", "op", "want", "holds"),
    [
        ({"type": "varchar", "value": "Gold"}, "is", "gold", True),
        ({"type": "double", "value": 978}, "at_least", 900, True),
        (
            {"type": "monetary", "value": 5, "currency": "EUR"},
            "at_least",
            {"amount": 5, "currency": "EUR"},
            True,
        ),
        ({"type": "monetary", "value": 5, "currency": "EUR"}, "at_least", 6, False),
        ({"type": "enum", "id": 190}, "is", 190, True),
        ({"type": "enum", "id": 190}, "is", "Private", CANNOT_SAY),
        ({"type": "set", "values": [{"id": 1}, {"id": 2}]}, "has_all", [1, 2], True),
        ({"type": "date", "value": "2026-11-20"}, "before", "2026-11-21", True),
        ({"type": "daterange", "from": "2026-11-20", "until": "2026-12-01"}, "before", "2026-11-21", True),
        ({"type": "user", "id": 42}, "is", "Ada Lovelace", CANNOT_SAY),
        ({"type": "address", "value": "Tallinn", "locality": "Tallinn"}, "contains", "tall", True),
        ({"type": "varchar", "value": "Gold"}, "at_least", 5, CANNOT_SAY),
        (978, "more_than", 900, True),
        ("978", "more_than", 900, True),
        ("1,2", "has_all", [1, 2], True),
        (True, "is", True, True),
        (None, "at_least", 5, CANNOT_SAY),
        (None, "is", "x", False),
    ],
)
def test_custom_field_by_hash_is_what_the_body_says(
    have: Any, op: str, want: Any, holds: bool | None
) -> None:
    change = known(v2("create", data={"custom_fields": {HASH: have}}))
    rule = parse({"field": CUSTOM, "op": op, "value": want}, ["deal"])
    assert rule.decide(change, NO_NAMES).holds is holds


@pytest.mark.parametrize(
    ("have", "op", "want", "holds"),
    [
        ({HASH: {"type": "enum", "id": 191}}, "is", "company", True),
        ({HASH: 191}, "is", "company", True),
        ({HASH: {"type": "enum", "id": 999}}, "is", "company", CANNOT_SAY),
    ],
)
def test_custom_field_by_name_compares_option_labels(
    have: Any, op: str, want: Any, holds: bool | None
) -> None:
    assert decide("custom.customer TYPE", op, want, custom_fields=have) is holds
    assert decide(CUSTOM, op, want, custom_fields=have) is holds


def test_custom_sets_and_money_by_name() -> None:
    regions = {"c" * 40: {"type": "set", "values": [{"id": 1}]}}
    budget = {"b" * 40: {"type": "monetary", "value": 7, "currency": "USD"}}
    assert decide("custom.Regions", "has_any", ["north"], custom_fields=regions) is True
    assert decide("custom.Regions", "has_none", ["north"], custom_fields=regions) is False
    assert decide("custom.Budget", "at_least", {"amount": 7, "currency": "USD"}, custom_fields=budget) is True


def test_custom_field_that_points_at_a_user_has_the_users_name() -> None:
    change = known(v2("create", data={"custom_fields": {"d" * 40: {"type": "user", "id": 42}}}))
    rule = parse({"field": f"custom.{'d' * 40}", "op": "is", "value": "ada lovelace"}, ["deal"])
    assert rule.decide(change, NAMES).holds is True


@pytest.mark.parametrize(
    ("have", "op", "want", "holds"),
    [
        ({"type": "varchar", "value": "12"}, "starts_with", "1", True),
        ({"type": "double", "value": 12}, "at_least", 10, True),
        (None, "at_least", 10, CANNOT_SAY),
    ],
)
def test_hash_is_accepted_with_any_operator_even_where_the_field_is_known(
    have: Any, op: str, want: Any, holds: bool | None
) -> None:
    """The names say that the field is a choice; the body has the last word."""
    assert decide(CUSTOM, op, want, custom_fields={HASH: have}) is holds


CURRENT = {"id": 8, "title": "Big deal", "value": 12500, "currency": "EUR"}
SHAPES = {
    "v2": v2(data=CURRENT, previous={"stage_id": 1, "value": 10000}),
    "v1": {
        "meta": {"action": "updated", "object": "deal", "id": 8, "user_id": 43, "company_id": 12345},
        "current": {**CURRENT, "stage_id": 2, "user_id": 42},
        "previous": {**CURRENT, "stage_id": 1, "user_id": 42, "value": 10000},
    },
    "flat": {
        "event": "deal.updated",
        "current": {**CURRENT, "stage_name": "Negotiation", "owner_name": "Ada Lovelace"},
        "previous": {"stage_name": "Qualified", "value": 10000},
        "user": {"name": "Grace Hopper"},
        "company_id": 12345,
    },
}


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    ("condition", "holds"),
    [
        ({"field": "stage", "op": "is", "value": "Negotiation"}, True),
        ({"field": "stage", "op": "changed_from", "value": "Qualified"}, True),
        ({"field": "owner", "op": "is", "value": "Ada Lovelace"}, True),
        ({"field": "owner", "op": "changed"}, False),
        ({"field": "who", "op": "is", "value": "Grace Hopper"}, True),
        ({"field": "value", "op": "increased_by", "value": "25%"}, True),
        ({"field": "value", "op": "crossed", "value": {"amount": 10001, "currency": "EUR"}}, True),
    ],
)
def test_three_shapes_of_one_change_are_decided_alike(
    shape: str, condition: dict[str, Any], holds: bool
) -> None:
    change = known(SHAPES[shape], NAMES)
    assert parse(condition, ["deal"], NAMES).decide(change, NAMES).holds is holds
