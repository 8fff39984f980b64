"""Says what is wrong with the form of a rule, in words for people who write no filters."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from bot.rules.amounts import question_of
from bot.rules.condition_words import field_label
from bot.rules.dialog.condition_rows import Row, condition_of, typed_parts, value_kind
from bot.rules.dialog.form import RuleForm
from bot.rules.dialog.vocabulary import ME, Vocabulary
from bot.rules.typed_values import parse_typed
from bot.text.event_types import NO_VALUE, operator_text
from bot.text.format import is_currency, listed
from bot.text.wording import either
from models.languages.translate import in_sentence, marked, tr
from models.pipedrive.entity import Kind
from models.pipedrive.filters.change_operators import CHANGE_OPERATORS
from models.pipedrive.filters.filters import InvalidFilter, parse
from models.pipedrive.filters.operators import OPERATORS
from models.pipedrive.readable import fold_text
from models.pipedrive.types import entities_of
from models.rules.known_values import find_unknown_values
from models.rules.never_fires import conditions_in

_LABELS: Final = {
    "name": marked("Name"),
    "on": marked("When"),
    "to": marked("Post to"),
    "template": marked("Look"),
    "when": marked("Conditions"),
}
_NUMBER: Final = marked("write an amount or a number, like 10000, 10,000, 10k or 10000 EUR")
# What the check of a filter says, and the same for a form; the first one that fits is taken.
_CONDITION_WORDS: Final = (
    ("must be a number of days", marked("write a number of days, like 7")),
    ("must be (a number|an amount)", _NUMBER),
    ("must be true or false", marked("write yes or no")),
    ("must be a date", marked("write a date like 2026-11-20")),
    ("must be a list of two values", marked("write two values, like 10000 to 20000")),
    ("must be two days", marked("write two dates, like 2026-11-01 to 2026-11-30")),
    ("must have the lower value first", marked("write the lower value first")),
    ("must have one currency", marked("write the same currency for both values")),
    ("must be a list of at least one|must be text|must be a name|must not be null", marked("write a value")),
    ("must be a pattern|is no pattern", marked("this pattern cannot be read; try “contains” instead")),
    ("must be more than 0", marked("write a number above 0, or a percentage like 10%")),
    ("must not be longer than|must not have more than", marked("this is too long")),
    (r"unknown operator", marked("choose a comparison from the list")),
    ("unknown field|must be the name of a field", marked("choose a field from the list")),
    (
        "unknown custom field|custom field .* needs",
        marked("this field is not known in your Pipedrive any more"),
    ),
    ("several custom fields", marked("several fields in Pipedrive have this name; choose one from the list")),
)
_FORM_WORDS: Final = (
    ("to: must name at least one", marked("choose where its cards go")),
    (r"to\[\d+\]: unknown destination", marked("this place is not there any more; choose another one")),
    ("template: unknown template", marked("this look is not there any more; choose another one")),
    (r"on(\[\d+\])?: ", marked("choose an event from the list")),
)


def form_problems(problems: Sequence[str], form: RuleForm, words: Vocabulary) -> list[str]:
    """Return all that is wrong: problems of the whole draft (`path: message`), and those of each row."""
    others = [problem_text(problem) for problem in problems if not _is_about_a_row(problem, form)]
    rows = [
        tr("Condition {number}: {problem}", number=number, problem=text)
        for number, text in row_problems(form, words)
    ]
    return list(dict.fromkeys([*others, *rows]))


def _is_about_a_row(problem: str, form: RuleForm) -> bool:
    return re.match(r"when(\.|:)", problem) is not None and bool(_filled_rows(form))


def _filled_rows(form: RuleForm) -> list[tuple[int, Row]]:
    return [(number, row) for number, row in enumerate(form.rows, start=1) if row.is_filled]


def row_problems(form: RuleForm, words: Vocabulary) -> list[tuple[int, str]]:
    """Return what is wrong with each row, as (number of the row, text); rows that are fine are left out.

    Names that Pipedrive does not have are wrong, unless the stored rule has them already.
    """
    kept = list(conditions_in(form.kept.when)) if form.kept else []
    found = []
    for number, row in _filled_rows(form):
        if text := _row_problem(row, form, words):
            found.append((number, text))
        elif _leaf(row, form, words) not in kept:
            found += [(number, text) for text in _unknown_names(row, form, words)]
    return found


def _row_problem(row: Row, form: RuleForm, words: Vocabulary) -> str:
    if not row.field:
        return tr("choose a field, or clear its value")
    label = field_label(row.field, form.on, words.names)
    if not row.has_value and row.op not in NO_VALUE:
        return tr("{label} needs a value. To find empty ones, choose “is empty”", label=label)
    if row.has_value and row.op in NO_VALUE:
        return tr("“{operator}” takes no value; clear it", operator=operator_text(row.op))
    if text := _value_problem(row, form, words):
        return f"{label}: {text}"
    try:
        parse(_leaf(row, form, words), entities_of(list(form.on)), words.names)
    except InvalidFilter as invalid:
        return f"{label}: {_plain_words(invalid.problems[0][1])}"
    return ""


def _leaf(row: Row, form: RuleForm, words: Vocabulary) -> dict[str, Any]:
    found = condition_of(row, form.on, words)
    inner: dict[str, Any] = found["not"] if row.is_not else found
    return inner


def _value_problem(row: Row, form: RuleForm, words: Vocabulary) -> str:
    """Return a question about an amount that can be read in two ways, or what else the value lacks."""
    kind = value_kind(row, form.on, words.names)
    parts = typed_parts(row, kind, form.on, words)
    if kind is Kind.PERSON and not words.me and ME in map(fold_text, parts):
        return tr("you are matched with no user of Pipedrive yet, so write a name instead of “me”")
    if kind not in (Kind.MONEY, Kind.NUMBER, Kind.ID):
        return ""
    if question := next((asked for each in parts if (asked := question_of(each, kind, words.locale))), ""):
        return question
    named = {
        each["currency"] for part in parts if isinstance(each := parse_typed(part, kind, words.locale), dict)
    }
    if row.currency and named - {row.currency}:
        return tr("is it {one} or {other}? Write one currency", one=row.currency, other=named.pop())
    return ""


def _plain_words(message: str) -> str:
    if unfit := re.match(r"operator '(\w+)' does not fit a (\w+) field", message):
        fitting = [operator_text(op) for op in _operators_of(unfit[2])[:6]]
        return tr(
            "“{operator}” does not fit here. Choose {operators}",
            operator=operator_text(unfit[1]),
            operators=either([f"“{each}”" for each in fitting[:3]]),
        )
    return tr(next((words for form, words in _CONDITION_WORDS if re.match(form, message)), message))


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
    return f"{tr(_LABELS[part])}: {tr(plain)}" if part in _LABELS else problem


def _unknown_names(row: Row, form: RuleForm, words: Vocabulary) -> list[str]:
    """Return a text for each name that Pipedrive does not have, with the nearest ones."""
    leaf = _leaf(row, form, words)
    label = field_label(row.field, form.on, words.names)
    found = [
        tr(
            "Pipedrive has no {what} “{typed}”. There is {names}",
            what=in_sentence(label),
            typed=one.typed[:60],
            names=listed(list(one.nearest), most=5),
        )
        for one in find_unknown_values(leaf, entities_of(list(form.on)), words.names)
    ]
    if row.field == "currency" and row.op in ("is", "is_not", "in", "not_in"):
        codes = leaf.get("value")
        texts = codes if isinstance(codes, list) else [codes]
        found += [
            tr("“{typed}” is no currency; write EUR, USD", typed=one[:60])
            for one in texts
            if one and not is_currency(str(one))
        ]
    return found
