"""The index leaves out no rule that could match a change: it agrees with trying every rule."""

from typing import Any

import pytest
from hypothesis import given, settings

from models.pipedrive.change import Change, read
from models.pipedrive.filters.filters import ALWAYS, Filter, parse
from models.pipedrive.names import NO_NAMES, Name, Names
from models.rules.index import RuleIndex
from models.rules.ruleset import ReadyRule, Ruleset
from tests.models.pipedrive.webhook import NAMES, changed, known, v2
from tests.models.rule_cases import SOME_NAMES, cases


def index_of(entity: str, filters: list[Filter]) -> RuleIndex[int]:
    index: RuleIndex[int] = RuleIndex(entity)
    for number, conditions in enumerate(filters):
        index.add(number, conditions)
    return index


def matches_among(numbers: set[int], filters: list[Filter], change: Change, names: Names) -> set[int]:
    return {number for number in numbers if filters[number].decide(change, names).holds is True}


@settings(max_examples=300)
@given(cases(), SOME_NAMES)
def test_the_index_finds_the_same_as_evaluating_every_rule(
    case: tuple[Change, list[Filter]], names: Names
) -> None:
    change, filters = case
    index = index_of(change.entity, filters)
    wanted = matches_among(set(range(len(filters))), filters, change, names)
    found = set(index.find(change, names))

    assert matches_among(found, filters, change, names) == wanted
    assert index.may_find(change) or not found


def in_pipeline(number: int) -> Filter:
    """A filter whose first condition all rules share."""
    own = {"field": "pipeline_id", "op": "is", "value": number}
    return parse({"all": [{"field": "status", "op": "is", "value": "open"}, own]}, ["deal"])


def test_rules_of_other_pipelines_are_not_evaluated() -> None:
    index = index_of("deal", [in_pipeline(number) for number in range(1000)])

    assert len(set(index.find(known(v2("create")), NO_NAMES))) <= 2
    assert set(index.find(known(v2("create", data={"status": "won"})), NO_NAMES)) == {1}


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        ({"field": "stage", "op": "is", "value": "Negotiation"}, True),
        ({"field": "pipeline_id", "op": "is", "value": 2}, False),
        ({"field": "pipeline_id", "op": "is", "value": 1}, True),
        ({"field": "value", "op": "at_least", "value": 10**9}, True),
        ({"field": "name", "op": "is", "value": "Ada"}, False),
    ],
)
def test_before_names_are_known_only_certain_mismatches_are_excluded(tree: Any, expected: bool) -> None:
    index = index_of("deal", [parse(tree, ("deal", "person"))])

    assert index.may_find(known(v2("create"))) is expected


def test_an_index_without_rules_finds_none() -> None:
    change = known(v2("create"))

    assert list(index_of("deal", []).find(change, NAMES)) == []
    assert index_of("deal", []).may_find(change) is False


def test_a_name_found_later_matches_in_the_same_index() -> None:
    index = index_of("deal", [parse({"field": "owner", "op": "in", "value": ["Zoë", "Ben"]}, ["deal"])])
    change = read(v2("create", data={"owner_id": 404}))
    assert change is not None

    assert list(index.find(change, NO_NAMES)) == []
    assert list(index.find(change, Names({("user", "404"): Name("ZOE\u0308")}))) == [0]


def ruleset_of(*rules: tuple[str, ...]) -> Ruleset:
    ruleset = Ruleset(tenant_id=1, version=1, company_id=None, link_base="")
    for number, on in enumerate(rules):
        ruleset.add(
            ReadyRule(
                number, f"Rule {number}", -number, frozenset(on), ALWAYS, is_urgent=False, destinations=()
            )
        )
    return ruleset


def test_a_rule_reached_by_several_types_matches_once_in_its_order() -> None:
    ruleset = ruleset_of(
        ("deal.updated", "deal.*", "*"), ("deal.created",), ("person.*",), ("deal.value_changed", "*")
    )

    found = ruleset.matching_rules(changed({"value": 1}), NAMES)

    assert [rule.name for rule in found] == ["Rule 3", "Rule 0"]


def test_a_regression_that_needs_names_may_match_before_they_are_known() -> None:
    ruleset, body = ruleset_of(("deal.stage_regressed",)), v2(previous={"stage_id": 2}, data={"stage_id": 1})

    assert ruleset.matching_rules(known(body), NO_NAMES) == []
    assert ruleset.may_match(known(body)) is True
    assert [rule.id for rule in ruleset.matching_rules(known(body, NAMES), NAMES)] == [0]
    assert ruleset.may_match(changed({"title": "Old"})) is False
