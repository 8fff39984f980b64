"""A note: written by somebody, about something; its text is its title, and may be hostile."""

from typing import Any

import pytest

from models.pipedrive.entities.note import NOTE
from tests.hostile import TITLES
from tests.models.pipedrive.entity_cases import base_types, created, deleted, link, shown, title, updated

STATE: dict[str, Any] = {
    "id": 4,
    "content": "They want it <b>before</b> spring",
    "user_id": 12415231,
    "deal_id": 10,
    "person_id": None,
    "org_id": 2,
    "lead_id": None,
    "pinned_to_deal_flag": True,
}


def test_a_note_has_the_base_types_alone() -> None:
    assert base_types("note", **STATE) == [("note.created",), ("note.updated",), ("note.deleted",)]
    assert NOTE.derived == ()


def test_the_author_is_not_the_one_who_edits() -> None:
    change = updated("note", {"content": "x"}, **STATE)
    assert (shown(change, "user"), shown(change, "who")) == ("Mari Tamm", "Jaan Kask")


def test_people_read_what_a_note_is_about() -> None:
    change = created("note", **STATE)
    assert [shown(change, field) for field in ("deal", "person", "organization.name")] == [
        "Põhja renewal",
        None,
        "Põhja OÜ",
    ]
    assert shown(change, "pinned_to_deal_flag") is True


@pytest.mark.parametrize("content", TITLES)
def test_content_is_read_as_it_came(content: str) -> None:
    assert title(created("note", **(STATE | {"content": content}))) == content


def test_a_deleted_note_keeps_its_content_and_has_no_page() -> None:
    change = deleted("note", **STATE)
    assert (title(change), link(change)) == (STATE["content"], "")
