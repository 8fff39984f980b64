"""Says what is wrong with the form of a rule, in words for people who write no filters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from bot.rules.condition_words import field_label
from bot.rules.form import Row, RuleForm, condition_of
from bot.text.event_types import NO_VALUE, operator_text
from bot.text.format import is_currency, listed
from models.pipedrive.entity import Kind
from models.pipedrive.filters.change_operators import CHANGE_OPERATORS
from models.pipedrive.filters.filters import InvalidFilter, parse
from models.pipedrive.filters.operators import OPERATORS
from models.pipedrive.names import Names
from models.pipedrive.types import entities_of
from models.rules.known_values import find_unknown_values

_LABELS: Final = {"name": "Name", "on": "When", "to": "Post to", "template": "Look", "when": "Conditions"}
_NUMBER: Final = "write an amount or a number, like 10000, 10,000, 10k or 10000 EUR"
# What the check of a filter says, and the same for a form; the first one that fits is taken.
_CONDITION_WORDS: Final = (
    (r"must be a number of days", "write a number of days, like 7"),
    (r"must be (a number|an amount)", _NUMBER),
    (r"must be true or false", "write yes or no"),
    (r"must be a date", "write a date like 2026-11-20"),
    (r"must be a list of two values", "write two values, like 10000 to 20000"),
    (r"must be two days", "write two dates, like 2026-11-01 to 2026-11-30"),
    (r"must have the lower value first", "write the lower value first"),
    (r"must have one currency", "write the same currency for both values"),
    (r"must be a list of at least one|must be text|must be a name|must not be null", "write a value"),
    (r"must be a pattern|is no pattern", "this pattern cannot be read; try “contains” instead"),
    (r"must be more than 0", "write a number above 0, or a percentage like 10%"),
    (r"must not be longer than|must not have more than", "this is too long"),
    (r"unknown operator", "choose a comparison from the list"),
    (r"unknown field|must be the name of a field", "choose a field from the list"),
    (r"unknown custom field|custom field .* needs", "this field is not known in your Pipedrive any more"),
    (r"several custom fields", "several fields in Pipedrive have this name; choose one from the list"),
)
_FORM_WORDS: Final = (
    (r"to: must name at least one", "choose where its cards go"),
    (r"to\[\d+\]: unknown destination", "this place is not there any more; choose another one"),
    (r"template: unknown template", "this look is not there any more; choose another one"),
    (r"on(\[\d+\])?: ", "choose an event from the list"),
)


def form_problems(problems: Sequence[str], form: RuleForm, names: Names) -> list[str]:
    """Return all that is wrong: problems of the whole draft (`path: message`), and those of each row."""
    others = [problem_text(problem) for problem in problems if not _is_about_a_row(problem, form)]
    rows = [
        f"Condition {number}: {text}" for number, text in row_problems(form, names) if not form.keeps_filter
    ]
    return list(dict.fromkeys([*others, *rows]))


def _is_about_a_row(problem: str, form: RuleForm) -> bool:
    return not form.keeps_filter and re.match(r"when(\.|:)", problem) is not None and bool(_filled_rows(form))


def _filled_rows(form: RuleForm) -> list[tuple[int, Row]]:
    return [(number, row) for number, row in enumerate(form.rows, start=1) if row.field or row.value]


def row_problems(form: RuleForm, names: Names) -> list[tuple[int, str]]:
    """Return what is wrong with each row, as (number of the row, text); rows that are fine are left out."""
    found = ((number, _row_problem(row, form, names)) for number, row in _filled_rows(form))
    return [(number, text) for number, text in found if text]


def _row_problem(row: Row, form: RuleForm, names: Names) -> str:
    if not row.field:
        return "choose a field, or clear its value"
    label = field_label(row.field, form.on, names)
    if not row.value.strip() and row.op not in NO_VALUE:
        return f"{label} needs a value. To find empty ones, choose “is empty”"
    if row.value.strip() and row.op in NO_VALUE:
        return f"“{operator_text(row.op)}” takes no value; clear it"
    leaf = condition_of(row, form.on, names)
    try:
        parse(leaf, entities_of(list(form.on)), names)
    except InvalidFilter as invalid:
        return f"{label}: {_plain_words(invalid.problems[0][1])}"
    return ""


def _plain_words(message: str) -> str:
    if unfit := re.match(r"operator '(\w+)' does not fit a (\w+) field", message):
        fitting = [operator_text(op) for op in _operators_of(unfit[2])[:6]]
        return f"“{operator_text(unfit[1])}” does not fit here. Choose “{'” or “'.join(fitting[:3])}”"
    return next((words for form, words in _CONDITION_WORDS if re.match(form, message)), message)


def _operators_of(kind: str) -> list[str]:
    known: dict[str, Any] = {**OPERATORS, **CHANGE_OPERATORS}
    is_ordered = kind in (Kind.MONEY, Kind.NUMBER)
    first = ("at_least", "at_most", "between") if is_ordered else ("is", "before", "after", "contains")
    fitting = [op for op, each in known.items() if kind in each.kinds]
    return [op for op in first if op in fitting] + [op for op in fitting if op not in first]


def problem_text(problem: str) -> str:
    """Return a problem of a draft (`to[0]: unknown destination 'x'`) with the form's words for its parts."""
    path, _, message = problem.partition(": ")
    part = re.split(r"[.\[]", path, maxsplit=1)[0]
    plain = next((words for form, words in _FORM_WORDS if re.match(form, problem)), message)
    return f"{_LABELS[part]}: {plain}" if part in _LABELS else problem


def doubts_of(form: RuleForm, names: Names) -> list[str]:
    """Return what is saved only if the person says so again: names that Pipedrive does not have."""
    if form.keeps_filter:
        return []
    return [
        f"Condition {number}: {text}"
        for number, row in _filled_rows(form)
        for text in _row_doubts(row, form, names)
    ]


def _row_doubts(row: Row, form: RuleForm, names: Names) -> list[str]:
    if not row.field:
        return []
    leaf = condition_of(row, form.on, names)
    label = field_label(row.field, form.on, names)
    found = [
        f"Pipedrive has no {label.lower()} “{one.typed[:60]}”. There is {listed(list(one.nearest), most=5)}"
        for one in find_unknown_values(leaf, entities_of(list(form.on)), names)
    ]
    if row.field == "currency" and row.op in ("is", "is_not", "in", "not_in"):
        codes = leaf.get("value")
        texts = codes if isinstance(codes, list) else [codes]
        found += [
            f"“{one[:60]}” is no currency; write EUR, USD"
            for one in texts
            if one and not is_currency(str(one))
        ]
    return found
