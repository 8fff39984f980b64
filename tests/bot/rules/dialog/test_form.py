from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.rules.dialog.condition_rows import MOST_ROWS, Row
from bot.rules.dialog.form import KEEP_TEMPLATE, RuleForm, draft_of, form_of, read_form, when_of
from bot.rules.dialog.vocabulary import Vocabulary
from models.rules.drafts import RuleDraft

WORDS = Vocabulary(locale="en")
CHANGED = {"field": "title", "op": "changed"}


def test_inputs_become_rows_by_their_numbers() -> None:
    inputs = {
        "field1": ["value"],
        "op1": ["at_least"],
        "value1": ["10k"],
        "currency1": ["EUR"],
        "field3": ["label"],
        "op3": ["not:has_any"],
        "value3": ["Hot", "Cold"],
        "join3": ["or"],
        "field4": ["-"],
        "field99": ["title"],
    }
    assert list(read_form(inputs).rows) == [
        Row("value", "at_least", "10k", currency="EUR"),
        Row(),
        Row("label", "has_any", "Hot; Cold", ("Hot", "Cold"), is_or=True, is_not=True),
        Row(),
    ]


def test_a_field_with_a_hyphen_is_no_empty_field() -> None:
    (row,) = read_form({"field1": ["custom.Follow-up"], "op1": ["is"], "value1": ["x"]}).rows
    assert row.field == "custom.Follow-up"


def test_several_rows_must_all_hold_and_none_is_always() -> None:
    first, second = Row("title", "is", "a"), Row("title", "is_not", "b")
    tree: Any = when_of(RuleForm(rows=[first, Row(), second]), WORDS)
    assert [leaf["op"] for leaf in tree["all"]] == ["is", "is_not"]
    assert when_of(RuleForm(rows=[Row(), Row()]), WORDS) is None


def _as_inputs(form: RuleForm) -> dict[str, list[str]]:
    """Return the inputs as Chat sends them for a form that nobody changed."""
    inputs = {"on": [*form.on], "to": [*form.to], "template": [form.template], "name": [form.name]}
    for number, row in enumerate(form.rows, start=1):
        inputs[f"field{number}"], inputs[f"op{number}"] = (
            [row.field],
            [f"not:{row.op}" if row.is_not else row.op],
        )
        inputs[f"value{number}"] = [*row.picked] or [row.value] if row.has_value else []
        inputs[f"join{number}"] = ["or" if row.is_or else "and"]
        inputs[f"currency{number}"] = [row.currency or "-"]
    return inputs


@pytest.mark.parametrize(
    "when",
    [
        None,
        CHANGED,
        {"any": [CHANGED]},
        {"not": CHANGED},
        {"all": [CHANGED] * (MOST_ROWS + 3)},
        {"all": [{"any": [CHANGED]}]},
        {"all": [CHANGED, {"any": [CHANGED, {"all": [CHANGED, CHANGED]}]}]},
        {"field": "title", "op": "changed_from", "value": None},
        {"field": "title", "op": "in", "value": ["a; b"]},
        {"field": "value", "op": "at_least", "value": "10000"},
    ],
)
def test_an_unchanged_form_keeps_the_rule_exactly(when: Any) -> None:
    stored = RuleDraft("x", ["deal.won"], when, ["spaces/A"], {"liquid": "hi"})
    form = form_of(stored)
    assert form.template == KEEP_TEMPLATE
    assert draft_of(read_form(_as_inputs(form), stored), "x", WORDS) == stored


def test_a_group_is_removed_when_its_box_is_ticked_and_kept_otherwise() -> None:
    group, other = {"not": {"any": [CHANGED, CHANGED]}}, {"not": {"all": [CHANGED, CHANGED]}}
    stored = RuleDraft("x", ["deal.won"], {"all": [CHANGED, group, other]}, ["spaces/A"], "compact")
    inputs = {**_as_inputs(form_of(stored)), "drop": ["1"]}
    assert when_of(read_form(inputs, stored), WORDS) == {"all": [CHANGED, other]}


NAMES = [
    "name",
    "on",
    "to",
    "drop",
    "template",
    *(f"{part}{n}" for part in ("field", "op", "value") for n in (1, 2)),
]


@given(st.dictionaries(st.sampled_from(NAMES), st.lists(st.text())))
def test_any_input_becomes_a_draft(inputs: dict[str, list[str]]) -> None:
    draft = draft_of(read_form(inputs), "x", WORDS)
    assert draft.on
