"""A product: its prices are no filter field, because there are several."""

from typing import Any

from models.pipedrive.entities.product import PRODUCT
from tests.models.pipedrive.entity_cases import base_types, created, deleted, link, shown, title, updated

STATE: dict[str, Any] = {
    "id": 31,
    "name": "Oranges",
    "code": "OR-0001",
    "category": "18",
    "description": None,
    "owner_id": 12415231,
    "selectable": True,
    "tax": 22,
    "unit": "crate",
    "prices": [{"cost": 123, "price": 234, "currency": "EUR", "product_id": 31}],
}


def test_a_product_has_the_base_types_alone() -> None:
    assert base_types("product", **STATE) == [
        ("product.created",),
        ("product.updated",),
        ("product.deleted",),
    ]


def test_an_emptied_text_is_touched() -> None:
    change = updated("product", {"description": "Basket of oranges"}, **STATE)
    assert change.touched == {"description"}
    assert shown(change, "description") is None


def test_fields_are_read_by_their_kind() -> None:
    change = created("product", **STATE)
    seen = [shown(change, field) for field in ("owner", "category", "tax", "selectable", "unit")]
    assert seen == ["Mari Tamm", "18", 22, True, "crate"]


def test_prices_are_no_field() -> None:
    assert "prices" in created("product", **STATE).after
    assert "prices" not in PRODUCT.fields


def test_a_deleted_product_keeps_its_name_and_has_no_page() -> None:
    change = deleted("product", **STATE)
    assert (title(change), link(change)) == ("Oranges", "")
