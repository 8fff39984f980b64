from typing import Any

import pytest

from models.pipedrive.declaration import Field, Kind
from models.pipedrive.filters.field_reader import FieldReader, Options, kind_of, text
from models.pipedrive.filters.resolve import readers
from models.pipedrive.names import NO_NAMES
from tests.models.pipedrive.webhook import HASH, NAMES


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        ({"type": "varchar", "value": "x"}, Kind.TEXT),
        ({"type": "monetary", "value": 1, "currency": "EUR"}, Kind.MONEY),
        ({"type": "enum", "id": 1}, Kind.CHOICE),
        ({"type": "set", "values": []}, Kind.SET),
        ({"type": "people", "id": 1}, Kind.PERSON),
        ({"type": ["odd"]}, None),
        ({"type": "hologram"}, None),
        (5, None),
        (None, None),
    ],
)
def test_custom_value_says_its_kind(raw: Any, kind: Kind | None) -> None:
    assert kind_of(raw) is kind


@pytest.mark.parametrize(
    ("raw", "words"),
    [
        ("x", "x"),
        (5.0, "5"),
        (5.5, "5.5"),
        (True, "true"),
        (None, None),
        ({"type": "address", "value": "Tallinn"}, "Tallinn"),
        ({"type": "timerange", "from": "10:00", "until": "11:00"}, "10:00 to 11:00"),
        ({"type": "address", "value": "Hall 2", "formatted_address": "Hall 2, Brno"}, "Hall 2, Brno"),
        ({"label": "work", "value": ""}, None),
        (
            [{"value": "a@example.com", "label": "work"}, {"value": "b@example.com"}],
            "a@example.com, b@example.com",
        ),
        ({"type": "set", "values": [{"id": 1}, {"id": 2}]}, "1, 2"),
        ([[["deep"]]], ""),
    ],
)
def test_any_value_has_a_text(raw: Any, words: str | None) -> None:
    assert text(raw) == words


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ({"type": "enum", "id": 7}, "Gold"),
        (7, "Gold"),
        ({"type": "user", "id": 42}, "Ada Lovelace"),
        ({"type": "org", "id": 1}, "Straße & Söhne"),
        ({"type": "people", "id": 404}, None),
        (9, None),
    ],
)
def test_custom_values_are_called_by_option_or_by_what_they_point_at(raw: Any, name: str | None) -> None:
    label = Options({"7": "Gold", "9": {"not": "text"}})
    assert label(raw, NAMES) == name
    assert label({"type": "user", "id": 42}, NO_NAMES) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("stage", "stage", True),
        ("stage", "stage_id", False),
        ("label", "label_ids", False),
        ("organization", "organization.name", False),
        ("custom.customer type", f"custom.{HASH}", False),
        ("custom.customer type", "custom.Customer Type", True),
    ],
)
def test_readers_are_equal_when_they_read_alike(one: str, other: str, same: bool) -> None:
    (first,), (second,) = (readers(name, ["deal"], NAMES).values() for name in (one, other))
    assert (first == second) is same
    assert not same or hash(first) == hash(second)
    assert first != one


def test_readers_with_other_option_labels_are_not_equal() -> None:
    field = Field("custom.x", "Size", Kind.CHOICE)
    small, large = (FieldReader(field, Options({"1": label})) for label in ("Small", "Large"))
    assert small == FieldReader(field, Options({"1": "Small"}))
    assert small != large
    assert small != small.as_kind(Kind.TEXT)
