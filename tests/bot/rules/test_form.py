from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.form import (
    KEEP_TEMPLATE,
    Row,
    RuleForm,
    draft_of,
    form_of,
    read_form,
    rows_of,
    when_of,
)
from models.rules.drafts import RuleDraft


@pytest.mark.parametrize(
    ("row", "leaf"),
    [
        (Row("value", "at_least", "10000"), {"field": "value", "op": "at_least", "value": 10000}),
        (Row("value", "at_least", "10,000"), {"field": "value", "op": "at_least", "value": 10000}),
        (Row("value", "at_least", "1 250 000"), {"field": "value", "op": "at_least", "value": 1250000}),
        (Row("value", "more_than", "99.5"), {"field": "value", "op": "more_than", "value": 99.5}),
        (
            Row("value", "at_least", "10,000 eur"),
            {"field": "value", "op": "at_least", "value": {"amount": 10000, "currency": "EUR"}},
        ),
        (Row("value", "between", "10, 20"), {"field": "value", "op": "between", "value": [10, 20]}),
        (Row("value", "increased_by", "10%"), {"field": "value", "op": "increased_by", "value": "10%"}),
        (Row("title", "is", "10000"), {"field": "title", "op": "is", "value": "10000"}),
        (Row("title", "changed"), {"field": "title", "op": "changed"}),
        (Row("title", "changed", "x"), {"field": "title", "op": "changed", "value": "x"}),
        (Row("title", "is", ""), {"field": "title", "op": "is", "value": ""}),
        (Row("currency", "in", "EUR,USD"), {"field": "currency", "op": "in", "value": ["EUR", "USD"]}),
        (Row("currency", "in", "EUR; USD"), {"field": "currency", "op": "in", "value": ["EUR", "USD"]}),
        (Row("label", "has_any", "Hot"), {"field": "label", "op": "has_any", "value": ["Hot"]}),
        (Row("is_archived", "is", "Yes"), {"field": "is_archived", "op": "is", "value": True}),
        (Row("custom.Region", "is", "North"), {"field": "custom.Region", "op": "is", "value": "North"}),
        (
            Row("value", "at_least", "10.000 EUR"),
            {"field": "value", "op": "at_least", "value": {"amount": 10000, "currency": "EUR"}},
        ),
        (
            Row("custom.Budget", "at_least", "10.000"),
            {"field": "custom.Budget", "op": "at_least", "value": 10000},
        ),
        (
            Row("close_time", "after", "20.11.2026"),
            {"field": "close_time", "op": "after", "value": "2026-11-20"},
        ),
        (Row("stage", "is", "Won 100"), {"field": "stage", "op": "is", "value": "Won 100"}),
    ],
)
def test_a_row_becomes_its_condition(row: Row, leaf: dict[str, Any]) -> None:
    assert when_of(RuleForm(rows=[row])) == leaf


def test_several_rows_must_all_hold_and_none_is_always() -> None:
    first, second = Row("title", "is", "a"), Row("title", "is_not", "b")
    tree: Any = when_of(RuleForm(rows=[first, Row(), second]))
    assert [leaf["op"] for leaf in tree["all"]] == ["is", "is_not"]
    assert when_of(RuleForm(rows=[Row(), Row()])) is None


def test_a_value_without_its_field_is_not_lost() -> None:
    assert when_of(RuleForm(rows=[Row("", "is", "x")])) == {"field": "", "op": "is", "value": "x"}


@pytest.mark.parametrize(
    "when",
    [
        {"any": [{"field": "title", "op": "changed"}]},
        {"not": {"field": "title", "op": "changed"}},
        {"all": [{"field": "title", "op": "changed"}] * 4},
        {"all": [{"any": [{"field": "title", "op": "changed"}]}]},
        {"field": "title", "op": "changed_from", "value": None},
        {"field": "title", "op": "in", "value": ["a; b"]},
    ],
)
def test_a_filter_that_three_rows_cannot_show_is_kept(when: Any) -> None:
    assert rows_of(when) is None
    stored = RuleDraft("x", ["deal.won"], when, ["spaces/A"], {"liquid": "hi"})
    form = form_of(stored)
    assert (form.keeps_filter, form.template) == (True, KEEP_TEMPLATE)
    inputs = {"on": ["deal.won"], "to": ["spaces/A"], "template": [KEEP_TEMPLATE]}
    assert draft_of(read_form(inputs, stored), "x") == stored


WORDS = st.text("abcdefghij äö,", min_size=1, max_size=12).map(str.strip).filter(bool)


@given(
    st.lists(
        st.builds(
            lambda op, value: {"field": "title", "op": op, "value": value},
            st.sampled_from(["is", "contains", "starts_with"]),
            WORDS,
        ),
        min_size=2,
        max_size=3,
    )
)
def test_an_unchanged_form_gives_the_same_filter(leaves: list[dict[str, Any]]) -> None:
    when = {"all": leaves}
    rows = rows_of(when)
    assert rows is not None
    assert when_of(RuleForm(rows=rows)) == when


@given(st.dictionaries(st.sampled_from(["name", "on", "field1", "op1", "value1", "to"]), st.lists(st.text())))
def test_any_input_becomes_a_draft(inputs: dict[str, list[str]]) -> None:
    draft = draft_of(read_form(inputs), "x")
    assert draft.on


@pytest.mark.parametrize("value", [1.234, 0.5, 1234.567, 12.25, 1e6, {"amount": 10.125, "currency": "EUR"}])
def test_an_amount_that_is_edited_stays_the_same_amount(value: Any) -> None:
    leaf = {"field": "value", "op": "is", "value": value}
    rows = rows_of(leaf)
    assert rows is not None
    assert when_of(RuleForm(rows=rows)) == leaf
