from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.dialog.condition_rows import MOST_ROWS, Row, conditions_of, tree_of
from bot.rules.dialog.vocabulary import Vocabulary
from models.pipedrive.names import Name, Names

NAMES = Names(
    {
        ("user", "1"): Name("Ada Lovelace"),
        ("user", "2"): Name("Smith, John"),
        ("deal_field", "a" * 40): Name("Follow-up", {"kind": "text"}),
    }
)
WORDS = Vocabulary(NAMES, "en", "Ada Lovelace")
DEALS = ["deal.won"]


def leaf(field: str, op: str, value: Any = None) -> dict[str, Any]:
    found = {"field": field, "op": op}
    return found if value is None else {**found, "value": value}


@pytest.mark.parametrize(
    ("row", "made"),
    [
        (Row("value", "at_least", "10000"), leaf("value", "at_least", 10000)),
        (Row("value", "at_least", "10,000"), leaf("value", "at_least", 10000)),
        (Row("value", "at_least", "1 250 000"), leaf("value", "at_least", 1250000)),
        (Row("value", "more_than", "99.5"), leaf("value", "more_than", 99.5)),
        (
            Row("value", "at_least", "10,000 eur"),
            leaf("value", "at_least", {"amount": 10000, "currency": "EUR"}),
        ),
        (
            Row("value", "at_least", "10k", currency="EUR"),
            leaf("value", "at_least", {"amount": 10000, "currency": "EUR"}),
        ),
        (Row("value", "between", "10, 20"), leaf("value", "between", [10, 20])),
        (
            Row("value", "between", "10 to 20", currency="USD"),
            leaf("value", "between", [{"amount": n, "currency": "USD"} for n in (10, 20)]),
        ),
        (Row("value", "increased_by", "10%", currency="EUR"), leaf("value", "increased_by", "10%")),
        (Row("title", "is", "10000"), leaf("title", "is", "10000")),
        (Row("title", "changed"), leaf("title", "changed")),
        (Row("title", "changed", "x"), leaf("title", "changed", "x")),
        (Row("title", "is", ""), leaf("title", "is", "")),
        (Row("currency", "in", "EUR,USD"), leaf("currency", "in", ["EUR", "USD"])),
        (Row("currency", "in", "EUR; USD"), leaf("currency", "in", ["EUR", "USD"])),
        (Row("currency", "in", "EUR; USD", ("EUR", "USD")), leaf("currency", "in", ["EUR", "USD"])),
        (Row("label", "has_any", "Hot"), leaf("label", "has_any", ["Hot"])),
        (Row("owner", "in", "Smith, John"), leaf("owner", "in", ["Smith, John"])),
        (Row("owner", "is", "Me"), leaf("owner", "is", "Ada Lovelace")),
        (Row("owner", "in", "me; Ben"), leaf("owner", "in", ["Ada Lovelace", "Ben"])),
        (Row("title", "is", "me"), leaf("title", "is", "me")),
        (Row("is_archived", "is", "Yes"), leaf("is_archived", "is", True)),
        (Row("custom.Region", "is", "North"), leaf("custom.Region", "is", "North")),
        (Row("custom.Budget", "at_least", "10,000"), leaf("custom.Budget", "at_least", 10000)),
        (Row("close_time", "after", "20.11.2026"), leaf("close_time", "after", "2026-11-20")),
        (Row("close_time", "within_days", "7"), leaf("close_time", "within_days", 7)),
        (Row("stage", "is", "Won 100"), leaf("stage", "is", "Won 100")),
        (Row("title", "changed", is_not=True), {"not": leaf("title", "changed")}),
        (Row("", "is", "x"), leaf("", "is", "x")),
    ],
)
def test_a_row_becomes_its_condition(row: Row, made: dict[str, Any]) -> None:
    assert tree_of([row], (), DEALS, WORDS) == made


def test_rows_must_all_hold_and_alternatives_stand_together() -> None:
    rows = [
        Row("title", "is", "a"),
        Row(),
        Row("title", "is", "b"),
        Row("title", "is", "c", is_or=True),
        Row("title", "is", "d"),
    ]
    a, b, c, d = (leaf("title", "is", text) for text in "abcd")
    assert tree_of(rows, (), DEALS, WORDS) == {"all": [a, {"any": [b, c]}, d]}
    assert tree_of(rows[2:4], (), DEALS, WORDS) == {"any": [b, c]}
    assert tree_of([Row()], (), DEALS, WORDS) is None
    kept = {"not": {"any": [a, b]}}
    assert tree_of([], [kept], DEALS, WORDS) == kept
    assert tree_of(rows[:1], [kept], DEALS, WORDS) == {"all": [a, kept]}


NESTED = {"any": [leaf("title", "changed"), {"all": [leaf("stage", "changed"), leaf("value", "changed")]}]}


@pytest.mark.parametrize(
    "group",
    [
        NESTED,
        {"not": {"any": [leaf("title", "changed")]}},
        {"all": [leaf("title", "changed")]},
        leaf("title", "in", ["a; b", "c"]),
        {"field": "title", "op": "changed_from", "value": None},
        {"any": [leaf("title", "changed")] * (MOST_ROWS + 1)},
        "no tree at all",
    ],
)
def test_what_rows_cannot_show_is_kept_beside_them(group: Any) -> None:
    shown = leaf("value", "at_least", 1)
    found = conditions_of({"all": [shown, group]})
    assert found.groups == (group,)
    assert tree_of(found.rows, found.groups, DEALS, WORDS) == {"all": [shown, group]}


WORD = st.text("abcdefghij äö,", min_size=1, max_size=12).map(str.strip).filter(bool)
LEAVES = st.one_of(
    st.builds(leaf, st.just("title"), st.sampled_from(["is", "contains", "starts_with"]), WORD),
    st.builds(leaf, st.just("value"), st.sampled_from(["at_least", "is"]), st.integers(0, 10**9)),
    st.builds(leaf, st.just("stage"), st.just("changed")),
)
PARTS = st.one_of(
    LEAVES,
    st.builds(lambda inner: {"not": inner}, LEAVES),
    st.builds(lambda inner: {"any": inner}, st.lists(LEAVES, min_size=2, max_size=3)),
)


@given(st.lists(PARTS, min_size=2, max_size=2))
def test_unchanged_rows_give_the_same_filter(parts: list[dict[str, Any]]) -> None:
    found = conditions_of({"all": parts})
    assert found.groups == ()
    assert tree_of(found.rows, (), DEALS, WORDS) == {"all": parts}


@pytest.mark.parametrize("value", [1.234, 0.5, 1234.567, 12.25, 1e6, {"amount": 10.125, "currency": "EUR"}])
@pytest.mark.parametrize("locale", ["", "en", "de"])
def test_an_amount_that_is_edited_stays_the_same_amount(value: Any, locale: str) -> None:
    when = {"field": "value", "op": "is", "value": value}
    rows = conditions_of(when).rows
    assert tree_of(rows, (), DEALS, Vocabulary(locale=locale)) == when
