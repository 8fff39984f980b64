"""A person: several addresses, one company, merged with a duplicate."""

from typing import Any

from models.pipedrive.change import read
from models.pipedrive.entities.person import PERSON
from tests.models.pipedrive.entity_cases import base_types, created, deleted, link, shown, title, updated

STATE: dict[str, Any] = {
    "id": 11,
    "name": "Liis Mets",
    "first_name": "Liis",
    "last_name": "Mets",
    "emails": [
        {"label": "work", "value": "liis@pohja.example", "primary": True},
        {"label": "home", "value": "liis@mets.example", "primary": False},
    ],
    "phones": [],
    "owner_id": 12415231,
    "org_id": 2,
    "label_ids": [5],
}


def test_a_person_has_the_base_types_alone() -> None:
    assert base_types("person", **STATE) == [("person.created",), ("person.updated",), ("person.deleted",)]


def test_every_address_of_a_person_can_be_found() -> None:
    change = created("person", **STATE)
    assert shown(change, "emails") == ["liis@mets.example", "liis@pohja.example"]
    assert shown(change, "phones") == []


def test_people_read_names_instead_of_ids() -> None:
    change = updated("person", {"org_id": None}, **STATE)
    assert [shown(change, field) for field in ("owner", "organization", "label")] == [
        "Mari Tamm",
        "Põhja OÜ",
        ["Champion"],
    ]


def test_a_deleted_person_keeps_its_name_and_its_page() -> None:
    change = deleted("person", **STATE)
    assert (title(change), link(change)) == ("Liis Mets", "/person/11")


def test_the_survivor_of_a_merge_says_so() -> None:
    meta = {"action": "change", "entity": "person", "entity_id": "11", "merged_from_id": "12"}
    change = read({"meta": meta, "data": STATE, "previous": {"emails": []}})
    assert change is not None
    assert (change.types, change.merged_from) == (("person.updated", "person.merged"), "12")


def test_older_bodies_say_email_phone_and_label() -> None:
    meta = {"action": "added", "object": "person", "id": 11}
    current = {"id": 11, "name": "Liis", "email": [{"value": "a@b.example"}], "phone": [], "label": 5}
    change = read({"v": 1, "meta": meta, "current": current, "previous": None})
    assert change is not None
    assert change.after["emails"] == [{"value": "a@b.example"}]
    assert (change.after["phones"], change.after["label_ids"]) == ([], [5])
    assert set(PERSON.older_keys).isdisjoint(change.after)
