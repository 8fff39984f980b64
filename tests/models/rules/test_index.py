"""The index leaves out no rule that could match a change: it agrees with trying every rule."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.pipedrive.change import Change, read
from models.pipedrive.filters.filters import ALWAYS, Filter, parse
from models.pipedrive.names import NO_NAMES, Name, Names
from models.pipedrive.readable import fold_text
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


@settings(max_examples=100)
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
        ({"field": "value", "op": "at_least", "value": 10**9}, False),
        ({"field": "value", "op": "at_least", "value": 1}, True),
        ({"field": "title", "op": "starts_with", "value": "nothing like it"}, False),
        ({"field": "stage", "op": "contains", "value": "goti"}, True),
        ({"field": "title", "op": "matches", "value": "^nothing like it"}, False),
        ({"field": "stage", "op": "matches", "value": "^Nothing"}, True),
        ({"field": "title", "op": "not_contains", "value": "nothing like it"}, True),
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


TITLES = st.text("aAbi\u0130\u0131ßé 1", min_size=1, max_size=30)
WORDY = st.sampled_from(("starts_with", "ends_with", "contains"))
COMPARING = st.sampled_from(("at_least", "more_than", "at_most", "less_than"))


@given(TITLES, st.lists(st.tuples(WORDY, st.integers(0, 30), st.integers(1, 30)), max_size=8))
def test_parts_of_a_text_are_found_wherever_they_are(title: str, parts: list[tuple[str, int, int]]) -> None:
    asked = [(op, title[start : start + size]) for op, start, size in parts]
    trees = [{"field": "title", "op": op, "value": part} for op, part in asked if fold_text(part)]
    filters = [parse(tree, ["deal"]) for tree in trees]
    change = known(v2("create", data={"title": title}))

    found = set(index_of("deal", filters).find(change, NO_NAMES))

    assert matches_among(found, filters, change, NO_NAMES) == matches_among(
        set(range(len(filters))), filters, change, NO_NAMES
    )


@given(
    st.integers(-3, 3) | st.floats(-3, 3),
    st.lists(st.tuples(COMPARING, st.integers(-3, 3) | st.floats(-3, 3)), max_size=8),
)
def test_limits_are_found_on_both_sides(value: float, limits: list[tuple[str, float]]) -> None:
    filters = [parse({"field": "value", "op": op, "value": limit}, ["deal"]) for op, limit in limits]
    change = known(v2("create", data={"value": value}))

    found = set(index_of("deal", filters).find(change, NO_NAMES))

    assert matches_among(found, filters, change, NO_NAMES) == matches_among(
        set(range(len(filters))), filters, change, NO_NAMES
    )


@pytest.mark.parametrize(
    ("op", "field", "value"),
    [
        ("starts_with", "title", "{0} Ltd"),
        ("ends_with", "title", "customer {0}"),
        ("contains", "title", "of customer {0}"),
        ("matches", "title", "customer {0}$"),
        ("at_least", "value", 10_000),
        ("between", "value", [10_000, 20_000]),
    ],
)
def test_of_a_thousand_rules_few_are_evaluated(op: str, field: str, value: Any) -> None:
    def own(number: int) -> Any:
        if isinstance(value, str):
            return value.format(f"{number:04}")
        return [each + number for each in value] if isinstance(value, list) else value + number

    filters = [parse({"field": field, "op": op, "value": own(number)}, ["deal"]) for number in range(1000)]
    change = known(v2("create", data={"title": "Renewal of customer 0042", "value": 10_002}))

    assert len(set(index_of("deal", filters).find(change, NO_NAMES))) <= 3


PATTERNS = st.lists(
    st.sampled_from(("a", "^A", "(?i)a$", "é|ß", r"\bb", "a.*i", ".", r"\d+", "$")), max_size=8
)


@given(TITLES, PATTERNS)
def test_patterns_are_found_in_one_pass_as_one_by_one(title: str, patterns: list[str]) -> None:
    filters = [parse({"field": "title", "op": "matches", "value": each}, ["deal"]) for each in patterns]
    change = known(v2("create", data={"title": title}))
    wanted = matches_among(set(range(len(filters))), filters, change, NO_NAMES)

    assert set(index_of("deal", filters).find(change, NO_NAMES)) == wanted


def test_patterns_too_large_for_one_pass_are_evaluated_one_by_one() -> None:
    too_large = [{"field": "title", "op": "matches", "value": rf"(?i){each}\pL{{60}}x"} for each in range(20)]
    filters = [parse(tree, ["deal"]) for tree in too_large]
    change = known(v2("create", data={"title": f"7{'ž' * 60}x"}))
    found = set(index_of("deal", filters).find(change, NO_NAMES))

    assert found == set(range(20))
    assert matches_among(found, filters, change, NO_NAMES) == {7}


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
