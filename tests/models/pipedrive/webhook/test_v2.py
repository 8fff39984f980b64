"""The dialect of webhooks v2: `previous` has the changed fields, `meta` who, when and which company."""

from typing import Any

import pytest

from models.pipedrive.webhook import v2 as dialect
from models.pipedrive.webhook.parsed import ParsedWebhook, Unreadable
from tests.models.pipedrive.webhook import HASH, v2


def told(body: dict[str, Any]) -> ParsedWebhook:
    found = dialect.parse(body)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("body", "is_ours"),
    [
        ({"meta": {"entity": "deal"}}, True),
        ({"meta": {"entity": None}}, True),
        ({"meta": {"object": "deal"}}, False),
        ({"meta": "entity"}, False),
        ({}, False),
    ],
)
def test_it_is_known_by_the_entity_in_meta(body: dict[str, Any], is_ours: bool) -> None:
    assert dialect.speaks(body) is is_ours


@pytest.mark.parametrize("entity", ["board", "", None, 5, ["deal"]])
def test_entities_outside_the_list_are_told_nothing_of(entity: Any) -> None:
    assert dialect.parse(v2(entity=entity)) is None


@pytest.mark.parametrize("action", ["merge", None, 1, ["change"], {}])
def test_unknown_actions_are_unreadable(action: Any) -> None:
    with pytest.raises(Unreadable, match=r"meta\.action"):
        dialect.parse(v2(action))


def test_each_action_has_its_sides() -> None:
    made, changed, gone = (
        told(v2(action, previous={"value": 1})) for action in ("create", "change", "delete")
    )
    assert (made.before, made.touched) == ({}, frozenset())
    assert (changed.before, changed.touched) == ({"value": 1}, frozenset(("value",)))
    assert (gone.before["title"], gone.after, gone.touched) == ("Big deal", {}, frozenset())


def test_custom_fields_lie_flat_and_count_as_touched() -> None:
    found = told(v2(data={"custom_fields": {HASH: 2}}, previous={"custom_fields": {HASH: 1}}))
    assert found.after[f"custom.{HASH}"] == 2
    assert found.before == {f"custom.{HASH}": 1}


def test_the_id_of_the_object_stands_in_for_a_missing_one() -> None:
    assert told(v2(entity_id=None)).object_id == "8"
    with pytest.raises(Unreadable, match=r"meta\.entity_id"):
        dialect.parse(v2(entity_id=None, data={"id": None}))


def test_meta_is_read_in_whatever_type_it_comes() -> None:
    found = told(
        v2(
            company_id=12345,
            user_id=43,
            is_bulk_edit=True,
            permitted_user_ids=[1, "2", None],
            change_source="api",
        )
    )
    assert (found.company_id, found.who_id, found.change_source, found.is_bulk) == (
        "12345",
        "43",
        "api",
        True,
    )
    assert found.permitted_user_ids == frozenset(("1", "2"))
    assert told(v2(is_bulk_edit="yes")).is_bulk is False


def test_a_currency_that_came_with_the_money_is_no_touch_of_its_own() -> None:
    lead = {"value": {"amount": 2, "currency": "EUR"}}
    same = v2(entity="lead", data=lead, previous={"value": {"amount": 1, "currency": "EUR"}})
    other = v2(entity="lead", data=lead, previous={"value": {"amount": 1, "currency": "USD"}})
    assert told(same).touched == {"value"}
    assert told(other).touched == {"value", "currency"}
    assert told(other).before == {"value": 1, "currency": "USD"}


@pytest.mark.parametrize("data", [None, {}, []])
def test_a_change_without_its_present_state_is_unreadable(data: Any) -> None:
    with pytest.raises(Unreadable, match="data"):
        dialect.parse(v2() | {"data": data})
