"""Index keys: those of each operator, kind and group, and those that changes have."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pipedrive.change import Change
from models.pipedrive.filters.filters import ALWAYS, parse
from models.pipedrive.filters.index_keys import IndexKeys, hides, shown
from models.pipedrive.names import NO_NAMES, Names
from tests.models.pipedrive.webhook import HASH, NAMES, changed, known, v2
from tests.models.rule_cases import SOME_NAMES, changes, conditions, sound

CUSTOM = f"custom.{HASH}"
PIPELINE = {"field": "pipeline_id", "op": "is", "value": 1}
OPEN = {"field": "status", "op": "in", "value": ["open", "won"]}
RICH = {"field": "title", "op": "not_contains", "value": "rich"}  # which no lookup finds


def fewest_keys(index_keys: IndexKeys) -> int:
    return sum(len(index_key.keys) for index_key in index_keys)


def index_keys(
    tree: Any, entity: str = "deal", entities: tuple[str, ...] = ("deal", "person")
) -> IndexKeys | None:
    return parse(tree, entities, NAMES).index_keys(entity, fewest_keys)


def keys(tree: Any) -> list[set[Any]] | None:
    found = index_keys(tree)
    return None if found is None else [set(index_key.keys) for index_key in found]


@pytest.mark.parametrize(
    ("field", "op", "value", "wanted"),
    [
        ("pipeline_id", "is", "01", {"1"}),
        ("pipeline_id", "in", [1, "2"], {"1", "2"}),
        ("stage", "is", "Negotiation", {"Negotiation", "negotiation"}),
        ("stage", "changed_to", 2, {"2"}),
        ("currency", "is", "EUR", {"eur"}),
        ("organization.name", "in", ["STRASSE & Söhne"], {"STRASSE & Söhne", "strasse & söhne"}),
        ("label", "is", ["Hot", 25], {"Hot", "hot", "25"}),
        ("label", "has_all", ["Hot"], {"Hot", "hot"}),
        ("label", "has_any", "Hot", {"Hot", "hot"}),
        ("probability", "is", "50.0", {50}),
        ("is_archived", "is", False, {False}),
        ("value", "is", {"amount": 5, "currency": "EUR"}, {5}),
        ("who", "is", "Ada Lovelace", {"Ada Lovelace", "ada lovelace"}),
        ("custom.customer type", "is", "Company", {"Company", "company"}),
        ("title", "starts_with", "ACME Renewal of 2026", {"acme renewal of "}),
        ("title", "ends_with", "Renewal", {"renewal"}),
        ("title", "contains", "Renewal of customer 17", {"tomer 17"}),
        ("title", "contains", "IT x", {"t x"}),
        ("stage", "contains", "goti", {"oti"}),
        ("value", "at_least", {"amount": 1000, "currency": "EUR"}, {1000}),
        ("value", "between", [10, 20], {10}),
        ("probability", "less_than", "50.0", {50}),
    ],
)
def test_an_equality_is_pinned_to_what_it_asks_for(field: str, op: str, value: Any, wanted: set[Any]) -> None:
    assert keys({"field": field, "op": op, "value": value}) == [wanted]


@pytest.mark.parametrize(
    ("field", "op", "value"),
    [
        ("status", "is_not", "open"),
        ("status", "not_in", ["open"]),
        ("label", "has_none", ["Hot"]),
        ("stage", "changed_from", "Qualified"),
        ("title", "contains", "a"),
        ("value", "crossed", 5),
        ("stage", "is", None),
        ("stage", "in", ["Qualified", None]),
        (CUSTOM, "is", None),
    ],
)
def test_what_asks_for_no_value_or_for_none_has_no_pins(field: str, op: str, value: Any) -> None:
    assert index_keys({"field": field, "op": op, "value": value}) is None


@pytest.mark.parametrize("op", ["changed", "is_empty", "is_not_empty"])
def test_what_asks_for_nothing_has_no_pins(op: str) -> None:
    assert index_keys({"field": "stage", "op": op}) is None


@pytest.mark.parametrize(
    ("tree", "wanted"),
    [
        ({"all": [RICH, PIPELINE]}, [{"1"}]),
        ({"all": [OPEN, PIPELINE, RICH]}, [{"1"}]),
        ({"all": [RICH, {"all": [PIPELINE]}]}, [{"1"}]),
        ({"any": [OPEN, PIPELINE]}, [{"open", "won"}, {"1"}]),
        ({"any": [{"all": [OPEN, PIPELINE]}, {"all": [RICH, OPEN]}]}, [{"1"}, {"open", "won"}]),
        ({"any": [PIPELINE, RICH]}, None),
        ({"all": [RICH]}, None),
        ({"not": PIPELINE}, None),
        ({"not": {"not": PIPELINE}}, None),
    ],
)
def test_groups_are_pinned_by_one_of_all_and_by_each_of_any(tree: Any, wanted: list[set[Any]] | None) -> None:
    assert keys(tree) == wanted


def test_the_filter_that_always_holds_has_no_pins() -> None:
    assert ALWAYS.index_keys("deal", fewest_keys) is None


def test_a_field_the_entity_lacks_can_never_be_met() -> None:
    assert index_keys(PIPELINE, "person") == ()
    assert index_keys({"all": [PIPELINE, {"field": "name", "op": "contains", "value": "a"}]}, "person") == ()
    assert index_keys(
        {"any": [PIPELINE, {"field": "name", "op": "is", "value": "a"}]}, "person"
    ) == index_keys({"field": "name", "op": "is", "value": "a"}, "person")


@pytest.mark.parametrize(
    ("field", "value"),
    [("pipeline_id", 1), ("status", "open"), ("custom.customer type", "company"), (CUSTOM, 5)],
)
def test_conditions_on_one_field_have_one_place(field: str, value: Any) -> None:
    one = index_keys({"field": field, "op": "is", "value": value})
    other = index_keys({"field": field, "op": "in", "value": ["x" if field != "pipeline_id" else 3]})
    assert one is not None
    assert other is not None
    assert (one[0].place, hash(one[0].place)) == (other[0].place, hash(other[0].place))


def test_fields_read_in_different_ways_have_different_places() -> None:
    by_id = index_keys({"field": "stage_id", "op": "is", "value": 2})
    by_name = index_keys({"field": "stage", "op": "is", "value": 2})
    by_label = parse({"field": "label", "op": "is", "value": [1]}, ["deal"]).index_keys("deal", fewest_keys)
    by_label_id = parse({"field": "label_ids", "op": "is", "value": [1]}, ["deal"]).index_keys(
        "deal", fewest_keys
    )
    places = {found[0].place for found in (by_id, by_name, by_label, by_label_id) if found}
    assert len(places) == 4


@pytest.mark.parametrize(
    ("field", "data", "wanted"),
    [
        ("pipeline_id", {"pipeline_id": "007"}, {"7"}),
        ("pipeline_id", {"pipeline_id": None}, set()),
        ("stage", {"stage_id": 2}, {"2", "negotiation"}),
        ("stage", {"stage_id": 404}, {"404"}),
        ("stage", {"stage_id": 404, "stage_name": "Odd"}, {"404", "odd"}),
        ("title", {"title": "STRASSE"}, {"strasse"}),
        ("title", {"title": ""}, set()),
        ("label", {"label_ids": [24, 99]}, {"24", "99", "hot"}),
        ("label", {"label_ids": []}, set()),
        ("probability", {"probability": "much"}, set()),
        ("won_time", {"won_time": "2026-11-20T23:30:00Z"}, {"2026-11-20"}),
    ],
)
def test_a_change_shows_the_value_by_id_and_by_name(
    field: str, data: dict[str, Any], wanted: set[str]
) -> None:
    asked = {"label": ["x"], "pipeline_id": 1, "probability": 1, "won_time": "2026-11-20"}.get(field, "x")
    found = index_keys({"field": field, "op": "is", "value": asked})
    assert found
    change = known(v2("create", data=data))
    assert {str(key) for key in shown(found[0].place, change, NAMES)} == wanted


@pytest.mark.parametrize(
    ("field", "value", "data", "open_"),
    [
        ("stage", "x", {}, True),
        ("stage", "x", {"stage_id": None}, False),
        ("stage", "x", {"stage_name": "Odd"}, False),
        ("status", "x", {}, False),
        ("pipeline_id", 3, {}, False),
        ("label", ["x"], {}, True),
        ("label", ["x"], {"label_ids": []}, False),
        ("label_ids", ["x"], {}, False),
        ("custom.customer type", "x", {"custom_fields": {HASH: {"type": "enum", "id": 190}}}, False),
        ("custom.customer type", "x", {"custom_fields": {HASH: {"type": "user", "id": 42}}}, True),
    ],
)
def test_only_what_names_could_still_tell_is_hidden(
    field: str, value: Any, data: dict[str, Any], open_: bool
) -> None:
    found = index_keys({"field": field, "op": "is", "value": value})
    assert found
    assert hides(found[0].place, known(v2("create", data=data))) is open_


def test_the_present_value_is_shown_also_where_a_field_moved() -> None:
    found = index_keys({"field": "stage_id", "op": "changed_to", "value": 2})
    assert found
    assert shown(found[0].place, changed({"stage_id": 1}), NO_NAMES) == ["2"]


@st.composite
def conditions_on_changes(draw: st.DrawFn) -> tuple[Change, Any]:
    change = draw(changes())
    return change, draw(conditions(change))


@settings(max_examples=400)
@given(conditions_on_changes(), SOME_NAMES)
def test_what_holds_is_met_by_a_pin_and_hidden_before_names_are_known(
    case: tuple[Change, Any], names: Names
) -> None:
    change, rule = case[0], sound(case[1])
    found = rule.index_keys(change.entity, fewest_keys)
    if found is None or rule.decide(change, names).holds is not True:
        return
    assert any(not keys.isdisjoint(shown(place, change, names)) for place, keys in found)
    assert any(
        hides(place, change) or not keys.isdisjoint(shown(place, change, NO_NAMES)) for place, keys in found
    )
