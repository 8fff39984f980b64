"""A lead's way to the archive is a conversion only where nothing else is known of it."""

from __future__ import annotations

import pytest

from models.pipedrive.change import read
from models.pipedrive.lead_ends import CONVERTED, as_stored, is_archived_now, without_conversion
from tests.changes import told


def test_a_lead_is_archived_when_it_moves_there() -> None:
    assert is_archived_now(told("lead", previous={"is_archived": False}, is_archived=True))
    assert not is_archived_now(told("lead", previous={"title": "Old"}, is_archived=True))
    assert not is_archived_now(told("lead", previous={"is_archived": True}, is_archived=False))


def test_what_was_given_up_is_only_updated() -> None:
    archived = told("lead", previous={"is_archived": False}, is_archived=True)
    assert archived.types == ("lead.updated", CONVERTED)
    assert without_conversion(archived).types == ("lead.updated",)


@pytest.mark.parametrize(
    ("kind", "is_conversion"),
    [("", True), (CONVERTED, True), ("lead.updated", False), ("lead.assigned", False)],
)
def test_what_was_decided_first_holds(kind: str, *, is_conversion: bool) -> None:
    archived = told("lead", previous={"is_archived": False, "owner_id": 1}, is_archived=True)
    assert (CONVERTED in as_stored(archived, kind).types) is is_conversion


def test_a_body_that_names_the_conversion_itself_is_believed() -> None:
    named = read({"event": CONVERTED, "current": {"id": "3f1c", "title": "Globex"}})
    assert named is not None
    assert named.became_deal
    assert not told("lead", previous={"is_archived": False}, is_archived=True).became_deal
