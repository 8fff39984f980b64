"""Rules that cannot fire are found before they are saved, and those that may are left alone."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipedrive.names import NO_NAMES, Name, Names
from models.rules.never_fires import conditions_in, reasons_never_to_fire, required_conditions

NAMES = Names(
    {
        ("pipeline", "1"): Name("Sales"),
        ("pipeline", "2"): Name("Partners"),
        ("stage", "1"): Name("Proposal", {"pipeline_id": 1}),
        ("stage", "2"): Name("Signed", {"pipeline_id": 2}),
    }
)


def leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    found = {"field": field, "op": op}
    return found if value is None else {**found, "value": value}


@pytest.mark.parametrize(
    ("on", "when", "words"),
    [
        (["deal.created"], leaf("stage", "changed_to", "Proposal"), "there is no earlier value"),
        (["deal.stalled"], leaf("stage", "changed"), "“Stage” does not change with “deal stalled”"),
        (["deal.deleted"], leaf("value", "increased"), "there is no earlier value"),
        (["deal.won"], leaf("status", "is", "lost"), "the status is always won"),
        (["deal.lost"], leaf("status", "in", ["open", "won"]), "the status is always lost"),
        (["deal.won"], leaf("status", "is_not", "Won"), "the status is always won"),
        (
            ["deal.updated"],
            {"all": [leaf("value", "at_least", 10_000), leaf("value", "less_than", 10_000)]},
            "“Value” exclude each other",
        ),
        (
            ["deal.updated"],
            {"all": [leaf("stage", "is", "Proposal"), {"all": [leaf("stage", "is", "Signed")]}]},
            "“Stage” exclude each other",
        ),
        (
            ["deal.updated"],
            {"all": [leaf("owner", "is", "Ada"), leaf("owner", "not_in", ["ada", "Ben"])]},
            "“Owner” exclude each other",
        ),
        (
            ["deal.updated"],
            {"all": [leaf("value", "is_empty"), leaf("value", "at_least", 1)]},
            "“Value” exclude each other",
        ),
        (
            ["deal.updated"],
            {
                "all": [
                    leaf("currency", "is", "usd"),
                    leaf("value", "at_least", {"amount": 1, "currency": "EUR"}),
                ]
            },
            "The amount and the currency exclude each other",
        ),
        (
            ["deal.updated"],
            {"all": [leaf("pipeline", "is", "Sales"), leaf("stage", "changed_to", "Signed")]},
            "“Signed” is in another pipeline",
        ),
    ],
)
def test_a_rule_that_cannot_fire_is_explained(on: list[str], when: Any, words: str) -> None:
    (reason,) = reasons_never_to_fire(on, when, NAMES)
    assert words in reason


@pytest.mark.parametrize(
    ("on", "when"),
    [
        (["deal.won"], None),
        (["deal.created", "deal.updated"], leaf("stage", "changed")),
        (["deal.created", "lead.scored"], None),
        (["deal.won"], leaf("status", "changed_to", "won")),
        (["deal.won"], leaf("status", "changed_from", "open")),
        (["deal.created"], {"any": [leaf("stage", "changed"), leaf("value", "at_least", 1)]}),
        (["deal.created"], {"not": leaf("stage", "changed")}),
        (["deal.updated"], {"all": [leaf("value", "at_least", 10), leaf("value", "at_most", 10)]}),
        (
            ["deal.updated"],
            {
                "all": [
                    leaf("value", "at_least", {"amount": 9, "currency": "EUR"}),
                    leaf("value", "at_most", 5),
                ]
            },
        ),
        (["deal.updated"], {"all": [leaf("stage", "is", "Proposal"), leaf("stage", "is", "7")]}),
        (
            ["deal.updated"],
            {
                "all": [
                    leaf("currency", "in", ["eur", "USD"]),
                    leaf("value", "at_least", {"amount": 1, "currency": "EUR"}),
                ]
            },
        ),
        (["deal.updated"], {"all": [leaf("label", "is", ["Hot"]), leaf("label", "is", ["Cold"])]}),
        (["deal.updated"], {"any": [leaf("stage", "is", "Proposal"), leaf("stage", "is", "Signed")]}),
        (["deal.updated"], {"all": [leaf("pipeline", "is", "Sales"), leaf("stage", "is", "Proposal")]}),
        (["deal.updated"], {"all": [leaf("pipeline", "is", "Sales"), leaf("stage", "is", "New one")]}),
        (["deal.*", "lead.*"], leaf("stage", "is", "Proposal")),
    ],
)
def test_a_rule_that_may_fire_has_no_reason(on: list[str], when: Any) -> None:
    assert reasons_never_to_fire(on, when, NAMES) == []


def test_only_what_always_has_to_hold_is_required() -> None:
    one, two, three = leaf("a", "is", "1"), leaf("b", "is", "2"), leaf("c", "is", "3")
    tree = {"all": [one, {"any": [two, three]}, {"not": three}, {"any": [two]}]}
    assert required_conditions(tree) == [one, two]
    assert list(conditions_in(tree)) == [one, two, three, three, two]


TREES = st.recursive(
    st.fixed_dictionaries(
        {
            "field": st.sampled_from(["value", "stage", "status", "custom.x", "title"]),
            "op": st.sampled_from(["is", "in", "is_empty", "at_least", "at_most", "changed", "is_not"]),
            "value": st.one_of(st.none(), st.integers(), st.text(max_size=5), st.lists(st.text(max_size=3))),
        }
    ),
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=6,
)


@given(st.lists(st.sampled_from(["deal.won", "deal.created", "lead.scored", "*"]), max_size=3), TREES)
def test_any_tree_is_looked_at_without_an_error(on: list[str], tree: Any) -> None:
    assert all(isinstance(reason, str) for reason in reasons_never_to_fire(on, tree, NO_NAMES))
