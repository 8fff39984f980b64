from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipedrive.filters.filters import parse
from tests.models.pipedrive.webhook import NAMES, changed, known, v2

CANNOT_SAY = None
NOTHING: Any = object()


def moved(field: str, op: str, value: Any, previous: dict[str, Any], /, **data: Any) -> bool | None:
    tree = {"field": field, "op": op} | ({} if value is NOTHING else {"value": value})
    return parse(tree, ["deal"], NAMES).decide(changed(previous, NAMES, **data), NAMES).holds


@pytest.mark.parametrize(
    ("op", "value", "old", "new", "holds"),
    [
        ("changed", NOTHING, 1, 2, True),
        ("changed", NOTHING, 2, 2, True),
        ("changed_from", 1, 1, 2, True),
        ("changed_from", 2, 1, 2, False),
        ("changed_to", 2, 1, 2, True),
        ("changed_to", None, 1, None, True),
        ("increased", NOTHING, 1, 2, True),
        ("increased", NOTHING, 2, 1, False),
        ("decreased", NOTHING, 2, 1, True),
        ("increased_by", 500, 1000, 1500, True),
        ("increased_by", 500, 1000, 1499, False),
        ("increased_by", 500, 1500, 1000, False),
        ("decreased_by", 500, 1500, 1000, True),
        ("increased_by", 0.1, 1.1, 1.2, True),
        ("increased_by", "10%", 1000, 1100, True),
        ("increased_by", "10%", 1000, 1099, False),
        ("decreased_by", "10%", 1000, 900, True),
        ("increased_by", "10%", 0, 5, True),
        ("crossed", 100, 99, 100, True),
        ("crossed", 100, 100, 99, True),
        ("crossed", 100, 100, 150, False),
        ("crossed", 100, 50, 99, False),
        ("crossed", 100, 150, 100, False),
    ],
)
def test_movements_of_money(op: str, value: Any, old: Any, new: Any, holds: bool) -> None:
    assert moved("value", op, value, {"value": old}, value=new) is holds


@pytest.mark.parametrize(
    ("op", "value", "holds"),
    [
        ("changed", NOTHING, True),
        ("changed_from", None, True),
        ("changed_to", 500, True),
        ("increased", NOTHING, CANNOT_SAY),
        ("decreased", NOTHING, CANNOT_SAY),
        ("increased_by", 1, CANNOT_SAY),
        ("crossed", 100, CANNOT_SAY),
    ],
)
def test_from_null_is_changed_but_not_increased(op: str, value: Any, holds: bool | None) -> None:
    assert moved("value", op, value, {"value": None}, value=500) is holds


@pytest.mark.parametrize(
    "op", ["changed", "changed_from", "changed_to", "increased", "decreased_by", "crossed"]
)
def test_untouched_fields_never_moved(op: str) -> None:
    value = NOTHING if op in ("changed", "increased") else 12500
    assert moved("value", op, value, {"title": "Old"}) is False
    tree = {"field": "value", "op": op} | ({} if value is NOTHING else {"value": value})
    assert parse(tree, ["deal"]).decide(known(v2("create"))).holds is False
    assert parse(tree, ["deal"]).decide(known(v2("delete"))).holds is False


@pytest.mark.parametrize(
    ("field", "op", "value", "previous", "holds"),
    [
        ("stage", "changed", NOTHING, {"stage_id": 1}, True),
        ("stage", "changed_from", "qualified", {"stage_id": 1}, True),
        ("stage", "changed_to", "negotiation", {"stage_id": 1}, True),
        ("stage", "changed_from", "qualified", {"stage_id": 99}, CANNOT_SAY),
        ("owner", "changed_from", None, {"owner_id": None}, True),
        ("owner", "changed_from", "grace hopper", {"owner_id": 43}, True),
        ("label", "changed_from", ["cold", "hot"], {"label_ids": [24, 25]}, True),
        ("title", "changed_from", "OLD", {"title": "Old"}, True),
        ("who", "changed", NOTHING, {"title": "Old"}, False),
    ],
)
def test_movements_of_names(field: str, op: str, value: Any, previous: Any, holds: bool | None) -> None:
    assert moved(field, op, value, previous) is holds


def test_flat_bodies_move_by_name() -> None:
    body = {
        "event": "deal.updated",
        "current": {"id": 1, "stage_name": "Proposal Made", "owner_name": "Ada"},
        "previous": {"stage_name": "Qualified", "owner_name": "Ada"},
    }
    change = known(body)
    assert (
        parse({"field": "stage", "op": "changed_from", "value": "qualified"}, ["deal"]).decide(change).holds
    )
    assert parse({"field": "stage", "op": "is", "value": "Proposal made"}, ["deal"]).decide(change).holds
    assert parse({"field": "owner", "op": "changed"}, ["deal"]).decide(change).holds is False


@pytest.mark.parametrize(("currency", "holds"), [("EUR", True), ("USD", CANNOT_SAY)])
def test_movement_in_another_currency_is_undecidable(currency: str, holds: bool | None) -> None:
    want = {"amount": 100, "currency": currency}
    assert moved("value", "increased_by", want, {"value": 1000}) is holds
    assert moved("value", "crossed", want, {"value": 50}) is holds
    assert (
        moved("value", "increased_by", {**want, "currency": "EUR"}, {"value": 1, "currency": "GBP"})
        is CANNOT_SAY
    )


@given(st.integers(-1000, 1000), st.integers(-1000, 1000), st.integers(1, 500))
def test_movements_agree_with_arithmetic(old: int, new: int, step: int) -> None:
    expected = {
        "increased_by": new - old >= step,
        "decreased_by": old - new >= step,
        "crossed": old < step <= new or new < step <= old,
    }
    assert {op: moved("value", op, step, {"value": old}, value=new) for op in expected} == expected
