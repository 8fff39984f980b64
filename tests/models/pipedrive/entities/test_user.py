"""A user: leaving is reported as a change of a flag, and means that the user is deleted."""

from typing import Any

import pytest

from models.pipedrive.dedup_key import source_key
from models.pipedrive.name_refs import names_in
from models.pipedrive.names import Name
from tests.models.pipedrive.entity_cases import base_types, created, link, shown, title, updated

STATE: dict[str, Any] = {
    "id": "12415231",
    "name": "Mari Tamm",
    "email": "mari@acme.example",
    "phone": None,
    "lang": "et",
    "active_flag": True,
    "last_login": "2026-11-20 13:14:07",
    "created": "2021-06-29 14:12:51",
}


def test_a_user_has_the_base_types_alone() -> None:
    assert base_types("user", **STATE) == [("user.created",), ("user.updated",), ("user.deleted",)]


@pytest.mark.parametrize("gone", [False, 0])
def test_a_user_who_was_shut_off_is_deleted_and_keeps_the_name(gone: Any) -> None:
    change = updated("user", {"active_flag": True}, **(STATE | {"active_flag": gone}))
    assert (change.types, change.after, change.touched) == (("user.deleted",), {}, frozenset())
    assert (title(change), change.before["active_flag"]) == ("Mari Tamm", True)


def test_a_user_who_comes_back_is_updated() -> None:
    change = updated("user", {"active_flag": False}, **STATE)
    assert change.action == "updated"
    assert change.touched == {"active_flag"}


def test_an_idle_flag_deletes_nobody() -> None:
    assert updated("user", {"lang": "en"}, **(STATE | {"active_flag": False})).action == "updated"


def test_a_new_name_is_known_at_once() -> None:
    change = updated("user", {"name": "Mari Kuusk"}, **STATE)
    assert names_in(change)["user", "12415231"] == Name("Mari Tamm")


def test_times_without_a_zone_are_utc_and_there_is_no_page() -> None:
    change = created("user", **STATE)
    assert shown(change, "last_login").isoformat() == "2026-11-20T13:14:07+00:00"
    assert link(change) == ""


def test_two_changes_of_one_user_are_two_events() -> None:
    meta = {"entity": "user", "entity_id": "1", "id": "1", "webhook_id": "w"}
    keys = {source_key({"meta": meta, "data": {"name": name}}, b"") for name in ("A", "B")}
    assert len(keys) == 2
