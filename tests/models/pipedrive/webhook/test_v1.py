"""The dialect of webhooks v1: `previous` is complete, so only differing values were changed."""

from typing import Any

import pytest

from models.pipedrive.webhook import v1 as dialect
from models.pipedrive.webhook.parsed import ParsedWebhook, Unreadable
from tests.models.pipedrive.webhook import HASH

WHOLE = {"id": 8, "title": "Big deal", "value": 100, "status": "open", "user_id": 42}


def body(action: str, current: Any = None, previous: Any = None, **meta: Any) -> dict[str, Any]:
    usual = {"v": 1, "action": action, "object": "deal", "id": 8, "company_id": 12345, "user_id": 43}
    return {"v": 1, "meta": usual | meta, "current": current, "previous": previous}


def told(named_type: dict[str, Any]) -> ParsedWebhook:
    found = dialect.parse(named_type)
    assert found is not None
    return found


def test_it_is_known_by_the_object_in_meta() -> None:
    assert dialect.speaks(body("added")) is True
    assert dialect.speaks({"meta": {"entity": "deal"}}) is False
    assert dialect.speaks({"meta": ["object"]}) is False


@pytest.mark.parametrize("kind", ["activityType", None, 5, {}])
def test_objects_outside_the_list_are_told_nothing_of(kind: Any) -> None:
    assert dialect.parse(body("added", WHOLE, object=kind)) is None


def test_each_action_has_its_sides() -> None:
    made = told(body("added", WHOLE))
    changed = told(body("updated", WHOLE, WHOLE | {"value": 50, "gone": 1}))
    removed = told(body("deleted", None, WHOLE))
    assert (made.action, made.before, made.after["value"]) == ("created", {}, 100)
    assert (changed.action, changed.before) == ("updated", {"value": 50, "gone": 1})
    assert changed.touched == {"value", "gone"}
    assert (removed.action, removed.before["title"], removed.after) == ("deleted", "Big deal", {})


def test_a_deletion_that_tells_its_last_state_as_current_is_read() -> None:
    assert told(body("deleted", WHOLE, None)).before["title"] == "Big deal"


def test_a_merge_is_an_update_of_the_survivor() -> None:
    found = told(body("merged", WHOLE, WHOLE, merged_from_id=9))
    assert (found.action, found.merged, found.merged_from) == ("updated", True, "9")


@pytest.mark.parametrize("action", ["exploded", "", None, 3, ["added"]])
def test_unknown_actions_are_unreadable(action: Any) -> None:
    with pytest.raises(Unreadable, match=r"meta\.action"):
        dialect.parse(body(action, WHOLE))


def test_custom_money_brings_its_currency_from_the_key_beside_it() -> None:
    found = told(body("added", {"id": 8, HASH: 5, f"{HASH}_currency": "EUR", "f" * 39: 1}))
    assert found.after == {
        "id": 8,
        f"custom.{HASH}": {"type": "monetary", "value": 5, "currency": "EUR"},
        "f" * 39: 1,
    }


def test_older_keys_are_todays() -> None:
    found = told(body("updated", WHOLE | {"label": 24}, WHOLE | {"user_id": 1, "label": None}))
    assert (found.after["owner_id"], found.before["owner_id"]) == (42, 1)
    assert (found.after["label_ids"], found.before["label_ids"]) == ([24], [])


def test_users_come_wrapped_in_a_list() -> None:
    found = told(body("updated", [{"id": 8, "name": "Ada"}], [{"id": 8, "name": "Eda"}], object="user"))
    assert (found.before, found.after["name"]) == ({"name": "Eda"}, "Ada")


@pytest.mark.parametrize(
    ("current", "previous"), [(None, WHOLE), ("text", None), (WHOLE, "text"), ([WHOLE, WHOLE], None)]
)
def test_sides_that_are_no_objects_are_unreadable(current: Any, previous: Any) -> None:
    with pytest.raises(Unreadable):
        dialect.parse(body("updated", current, previous))


def test_an_object_without_any_id_is_unreadable() -> None:
    with pytest.raises(Unreadable, match=r"meta\.id"):
        dialect.parse(body("added", {"title": "x"}, id=None))
    assert told(body("added", {"id": 3}, id=None)).object_id == "3"


def test_a_note_brings_the_names_of_what_it_is_about() -> None:
    note = {
        "id": 3,
        "content": "Call back",
        "deal_id": 5,
        "person_id": 17,
        "org_id": 11,
        "user_id": 501,
        "deal": {"title": "Warehouse"},
        "person": {"name": "Rita"},
        "organization": {"name": "Firm"},
        "user": {"name": "Olda", "is_you": False},
    }
    after = told(body("added", note, object="note", id=3)).after

    wanted = {"deal_title": "Warehouse", "person_name": "Rita", "org_name": "Firm", "user_name": "Olda"}
    assert {key: after[key] for key in wanted} == wanted


@pytest.mark.parametrize("inside", [None, "Warehouse", {}, {"title": None}, {"title": ["x"]}])
def test_an_odd_object_inside_a_note_brings_no_name(inside: Any) -> None:
    note = {"id": 3, "content": "x", "deal_id": 5, "deal": inside}

    assert "deal_title" not in told(body("added", note, object="note", id=3)).after
