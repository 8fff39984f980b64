from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipedrive.filters.filters import ALWAYS, InvalidFilter, parse
from tests.models.pipedrive.webhook import NAMES, changed, known, v2

YES = {"field": "status", "op": "is", "value": "open"}
NO = {"field": "status", "op": "is", "value": "won"}
OPEN = {"field": "probability", "op": "at_least", "value": 1}  # nobody can say: it is empty


def refusal(tree: Any, entities: tuple[str, ...] = ("deal",)) -> list[tuple[str, str]]:
    with pytest.raises(InvalidFilter) as refused:
        parse(tree, entities, NAMES)
    return refused.value.problems


@pytest.mark.parametrize(
    ("tree", "holds"),
    [
        (None, True),
        (YES, True),
        (NO, False),
        (OPEN, None),
        ({"all": [YES, YES]}, True),
        ({"all": [YES, NO]}, False),
        ({"all": [YES, OPEN]}, None),
        ({"all": [OPEN, NO]}, False),
        ({"any": [NO, YES]}, True),
        ({"any": [NO, NO]}, False),
        ({"any": [NO, OPEN]}, None),
        ({"any": [OPEN, YES]}, True),
        ({"not": NO}, True),
        ({"not": OPEN}, None),
        ({"not": {"not": {"any": [OPEN, NO]}}}, None),
    ],
)
def test_three_valued_logic(tree: Any, holds: bool | None) -> None:
    assert parse(tree, ["deal"]).decide(known(v2("create"))).holds is holds


@pytest.mark.parametrize(
    ("tree", "problems"),
    [
        ({}, [("when", "must be a condition {field, op, value} or one of all, any, not")]),
        ([YES], [("when", "must be a condition {field, op, value} or one of all, any, not")]),
        ({"all": []}, [("when.all", "must be a list of at least one condition")]),
        ({"any": YES}, [("when.any", "must be a list of at least one condition")]),
        ({"all": [YES], "any": [NO]}, [("when", "'all' must stand alone, without 'any'")]),
        ({"all": [YES], **YES}, [("when", "'all' must stand alone, without 'field'")]),
        ({"all": [{**YES, "op": "resembles"}]}, [("when.all[0].op", "unknown operator 'resembles'")]),
        ({**YES, "op": "at_leest"}, [("when.op", "unknown operator 'at_leest', did you mean 'at_least'?")]),
        ({**YES, "op": None}, [("when.op", "unknown operator None")]),
        ({**YES, "field": 7}, [("when.field", "must be the name of a field")]),
        ({**YES, "vlaue": 1}, [("when.vlaue", "unknown key 'vlaue'")]),
        ({"op": "is"}, [("when", "needs 'field'")]),
        ({"field": "status", "op": "is"}, [("when.value", "is required by 'is'")]),
        ({**YES, "op": "changed"}, [("when.value", "'changed' takes no value")]),
        ({**YES, "op": "is_empty"}, [("when.value", "'is_empty' takes no value")]),
        ({**YES, "op": "at_least"}, [("when.op", "operator 'at_least' does not fit a choice field")]),
        (
            {"not": {"any": [{**YES, "field": "statsu"}, {**YES, "op": "iz"}]}},
            [
                ("when.not.any[0].field", "unknown field 'statsu', did you mean 'status'?"),
                ("when.not.any[1].op", "unknown operator 'iz'"),
            ],
        ),
    ],
)
def test_filters_that_mean_nothing_are_refused_by_path(tree: Any, problems: list[tuple[str, str]]) -> None:
    assert refusal(tree) == problems


@pytest.mark.parametrize(
    ("field", "op", "value", "message"),
    [
        ("value", "at_least", "lots", "must be a number, not 'lots'"),
        ("value", "at_least", None, "must be a number, not a NoneType"),
        ("value", "at_least", True, "must be a number, not 'yes'"),
        ("value", "at_least", float("nan"), "must be a number, not 'nan'"),
        ("value", "at_least", {"amount": 5}, "must be an amount, or {amount: 10000, currency: EUR}"),
        ("value", "between", [2, 1], "must have the lower value first"),
        ("value", "between", 5, "must be a list of two values, the lower first, not '5'"),
        ("value", "increased_by", -1, "must be more than 0"),
        ("value", "increased_by", "x%", "must be a number, not 'x'"),
        ("title", "contains", "", "must be text, not 'empty'"),
        ("title", "contains", 5, "must be text, not '5'"),
        ("title", "is", ["a"], "must be text, not a list"),
        ("title", "is", "a" * 501, "must not be longer than 500 letters"),
        ("title", "in", "a", "must be a list of at least one value, not 'a'"),
        ("title", "in", [], "must be a list of at least one value, not a list"),
        ("title", "in", ["a"] * 201, "must not have more than 200 values"),
        ("title", "matches", "(", "is no pattern RE2 accepts: missing ): ("),
        ("title", "matches", "ä" * 257, "must not be longer than 512 bytes"),
        ("title", "matches", "\udc00", "is no pattern RE2 accepts"),
        ("won_time", "before", "soon", "must be a date like 2026-11-20, not 'soon'"),
        ("won_time", "within_days", -1, "must be a number of days, not '-1'"),
        ("is_archived", "is", "yes", "must be true or false, not 'yes'"),
        ("stage", "is", {"id": 1}, "must be a name, not a dict"),
    ],
)
def test_values_that_do_not_fit_are_refused(field: str, op: str, value: Any, message: str) -> None:
    ((path, said),) = refusal({"field": field, "op": op, "value": value})
    assert path == "when.value"
    assert said.startswith(message)


def test_trees_have_limits() -> None:
    deep: Any = YES
    for _ in range(5000):
        deep = {"not": deep}
    ((path, message),) = refusal(deep)
    assert message == "is nested too deep"
    assert path.startswith("when.not.not")
    assert refusal({"all": [YES] * 101}) == [("when", "must not have more than 100 conditions")]


def test_path_of_the_rule_stands_before_the_problem() -> None:
    with pytest.raises(InvalidFilter, match=r"^rules\[1\].when.op: unknown operator 'x'$"):
        parse({**YES, "op": "x"}, ["deal"], NAMES, "rules[1].when")


def test_wildcards_need_the_field_in_one_entity_and_cannot_say_for_others() -> None:
    tree = {"field": "value", "op": "is_not", "value": 5}
    decision = parse(tree, ["deal", "person"]).decide(known(v2(entity="person", previous={"name": "Old"})))
    assert decision.holds is None
    assert str(decision.steps[0]) == "value is not 5: cannot say, a person has no such field"
    assert refusal({**tree, "field": "colour"}, ("deal", "person")) == [
        ("when.field", "unknown field 'colour'")
    ]


def test_deleted_objects_are_decided_by_their_last_state() -> None:
    assert parse(YES, ["deal"]).decide(known(v2("delete"))).holds is True


@pytest.mark.parametrize(
    ("tree", "words", "step"),
    [
        (
            {"field": "value", "op": "at_least", "value": 10000},
            "value is at least 10,000",
            "value is at least 10,000: yes, 12,500 EUR",
        ),
        (
            {"field": "value", "op": "increased_by", "value": "50%"},
            "value increased by at least 50%",
            "value increased by at least 50%: no, from 10,000 EUR to 12,500 EUR",
        ),
        (
            {"field": "stage", "op": "changed_from", "value": "Qualified"},
            "stage changed from Qualified",
            "stage changed from Qualified: yes, from Qualified to Negotiation",
        ),
        ({"field": "title", "op": "changed"}, "title changed", "title changed: no, not touched"),
        (
            {"field": "lost_reason", "op": "is_empty"},
            "lost_reason is empty",
            "lost_reason is empty: yes, empty",
        ),
        (
            {"field": "won_time", "op": "within_days", "value": 7},
            "won_time is within 7 days of the change",
            "won_time is within 7 days of the change: cannot say, it is empty",
        ),
        (
            {"field": "value", "op": "at_least", "value": {"amount": 5, "currency": "USD"}},
            "value is at least 5 USD",
            "value is at least 5 USD: cannot say, its currency is EUR, not USD",
        ),
        (
            {"field": "label", "op": "has_any", "value": ["Hot", "Cold"]},
            "label has any of Hot, Cold",
            "label has any of Hot, Cold: yes, Hot",
        ),
    ],
)
def test_every_decision_is_explained_in_words(tree: Any, words: str, step: str) -> None:
    rule = parse(tree, ["deal"], NAMES)
    change = changed({"stage_id": 1, "value": 10000}, NAMES)
    assert rule.words() == words
    assert [str(each) for each in rule.decide(change, NAMES).steps] == [step]


def test_groups_are_explained_and_indented() -> None:
    rule = parse({"all": [YES, {"any": [NO, {"not": OPEN}]}]}, ["deal"])
    assert rule.words() == "status is open and (status is won or not (probability is at least 1))"
    assert rule.fields() == {"status", "probability"}
    assert [str(step) for step in rule.decide(known(v2("create"))).steps] == [
        "status is open: yes, open",
        "at least one of: cannot say",
        "  status is won: no, open",
        "  not: cannot say",
        "    probability is at least 1: cannot say, it is empty",
    ]


def test_no_filter_always_holds() -> None:
    assert parse(None, ["deal"]) is ALWAYS
    assert ALWAYS.words() == "always"
    assert (ALWAYS.decide(known(v2("create"))).holds, ALWAYS.fields()) == (True, frozenset())


def test_hostile_text_is_cut_to_one_line() -> None:
    change = changed({}, title="a\n\u202e<users/all>" + "b" * 1000)
    (step,) = parse({"field": "title", "op": "is", "value": "x"}, ["deal"]).decide(change).steps
    assert len(step.why) == 60
    assert step.why.isprintable()


LEAF = st.sampled_from(["yes", "no", "open"])
TREES = st.recursive(
    LEAF,
    lambda inner: (
        st.tuples(st.sampled_from(["all", "any"]), st.lists(inner, min_size=1, max_size=4))
        | st.tuples(st.just("not"), inner)
    ),
    max_leaves=12,
)


def as_tree(tree: Any) -> Any:
    if isinstance(tree, str):
        return {"yes": YES, "no": NO, "open": OPEN}[tree]
    word, held = tree
    return {word: as_tree(held) if word == "not" else [as_tree(each) for each in held]}


def naive(tree: Any) -> float:
    """Kleene's logic with 1, 0 and a half."""
    if isinstance(tree, str):
        return {"yes": 1, "no": 0, "open": 0.5}[tree]
    word, held = tree
    if word == "not":
        return 1 - naive(held)
    return (min if word == "all" else max)(naive(each) for each in held)


@given(TREES)
def test_logic_agrees_with_a_naive_evaluator(tree: Any) -> None:
    decision = parse(as_tree(tree), ["deal"]).decide(known(v2("create")))
    assert {True: 1, False: 0, None: 0.5}[decision.holds] == naive(tree)
    assert len(decision.steps) >= 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = st.sampled_from(
    ["value", "title", "stage", "label", "won_time", "is_archived", "id", f"custom.{'a' * 40}"]
)
OPS = st.sampled_from(
    ["is", "in", "contains", "at_least", "between", "before", "has_any", "changed_to", "crossed"]
)
CONDITIONS = st.fixed_dictionaries({"field": FIELDS, "op": OPS, "value": JSON})


@given(
    CONDITIONS | JSON,
    st.dictionaries(st.sampled_from(["value", "title", "stage_id", "label_ids"]), JSON),
    JSON,
)
def test_any_tree_is_refused_or_decides_any_deal(tree: Any, data: dict[str, Any], custom: Any) -> None:
    body = v2(data={**data, "custom_fields": {"a" * 40: custom}}, previous=data)
    try:
        rule = parse(tree, ["deal"], NAMES)
    except InvalidFilter:
        return
    decision = rule.decide(known(body, NAMES), NAMES)
    assert decision.holds in (True, False, None)
    assert all(str(step) for step in decision.steps)


def test_rule_without_a_known_entity_may_ask_for_any_field() -> None:
    assert parse({"field": "emails", "op": "is_empty"}, ["board"]).fields() == {"emails"}
