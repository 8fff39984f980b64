"""Draws the conditions of a rule: a row for each, and one more for the next."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from bot.rules.condition_words import condition_words, field_label
from bot.rules.dialog.choices import (
    currency_choices,
    fields_of,
    operators_of,
    takes_currency,
    values_of,
)
from bot.rules.dialog.condition_rows import MOST_ROWS, Row, kind_of, typed_parts
from bot.rules.dialog.form import ANY_CURRENCY, NO_FIELD, NOT, OR, RuleForm
from bot.rules.dialog.option_room import Listing, OptionRoom
from bot.rules.dialog.vocabulary import Vocabulary
from bot.text.event_types import NO_VALUE, SEVERAL_VALUES
from bot.text.format import cut_bytes
from bot.widgets import Choice, Option, Press, Section, Text, TextInput, Widget
from models.languages.translate import marked, tr
from models.pipedrive.entity import Kind
from models.pipedrive.filters.filters import InvalidFilter
from models.pipedrive.types import EVENT_TYPES, WILDCARDS

LONGEST_VALUE: Final = 4000  # letters
MOST_CHOSEN: Final = 2000  # bytes of chosen values; more are shown as text
_HINTS: Final[Mapping[Kind, str]] = {
    Kind.MONEY: marked("Like 10k, 10,000 or 10,000 EUR"),
    Kind.NUMBER: marked("A number, like 80"),
    Kind.DATE: marked("A day, like 2026-11-20"),
}
_SEVERAL: Final = marked("Several with semicolons: one; two")
_RANGE: Final = marked("Two values, like 10000 to 20000")
_UNREADABLE: Final = marked("conditions that cannot be read any more")


@dataclass(frozen=True, slots=True)
class RowsToDraw:
    """What rows are drawn with; `problems` are the texts of rows by number.

    `redraw` makes the press that draws the form again after a change of the input of that name.
    """

    form: RuleForm
    words: Vocabulary
    room: OptionRoom
    redraw: Callable[[str], Press]
    problems: Mapping[int, str]

    @property
    def events(self) -> str:
        """The events of the rule as the parameter of a search."""
        return ",".join(each for each in self.form.on if each in (*EVENT_TYPES, *WILDCARDS))


def draw_conditions(draw: RowsToDraw) -> list[Section]:
    """Return the sections of the conditions: every row that is filled, then an empty one."""
    rows = [*draw.form.rows]
    if len(rows) < MOST_ROWS:
        rows.append(Row())
    sections = [Section(_draw_row(number, row, draw)) for number, row in enumerate(rows, start=1)]
    first = Section(sections[0].widgets, tr("Only if"))
    return [first, *sections[1:], *_draw_groups(draw)]


def _draw_row(number: int, row: Row, draw: RowsToDraw) -> list[Widget]:
    on = draw.form.on
    fields = [(NO_FIELD, tr("no condition") if number == 1 or row.is_filled else tr("no further condition"))]
    fields += fields_of(on, draw.words.names)
    if row.field and row.field not in dict(fields):
        fields.insert(1, (row.field, field_label(row.field, on, draw.words.names)))
    name = f"field{number}"
    listing = Listing(fields, [row.field or NO_FIELD], {"of": "field", "on": draw.events})
    widgets: list[Widget] = [
        draw.room.choose(name, tr("Field {number}", number=number), listing, draw.redraw(name))
    ]
    if row.is_filled:
        widgets += _draw_test(number, row, draw)
    if number > 1 and row.is_filled:
        widgets.insert(0, _draw_join(number, row))
    return widgets


def _draw_join(number: int, row: Row) -> Choice:
    options = [
        Option("and", tr("and"), not row.is_or),
        Option(OR, tr("or, instead of the one above"), row.is_or),
    ]
    return Choice(f"join{number}", tr("Condition {number} holds", number=number), options)


def _draw_test(number: int, row: Row, draw: RowsToDraw) -> list[Widget]:
    kind = kind_of(row.field, row.op, draw.form.on, draw.words.names)
    offered = draw.room.usual_of(operators_of(kind, draw.form.on, row.op), row.op)
    before, shown = (NOT, f"{tr('not')}: ") if row.is_not else ("", "")
    options = [Option(before + op, shown + text, op == row.op) for op, text in offered]
    name = f"op{number}"
    widgets: list[Widget] = [Choice(name, tr("Comparison"), options, "dropdown", draw.redraw(name))]
    if row.op not in NO_VALUE or row.has_value:
        value = _draw_value(number, row, kind, draw)
        problem = draw.problems.get(number, "")  # a choice has no place for a hint of its own
        widgets += [value, Text(problem)] if problem and isinstance(value, Choice) else [value]
    if kind is Kind.MONEY and takes_currency(row.op):
        widgets.append(_draw_currency(number, row))
    return widgets


def _draw_value(number: int, row: Row, kind: Kind, draw: RowsToDraw) -> Widget:
    on, words = draw.form.on, draw.words
    name, problem = f"value{number}", draw.problems.get(number, "")
    known = values_of(row.field, row.op, on, words)
    chosen = [part for part in typed_parts(row, kind, on, words) if part]
    if not known or len(json.dumps(chosen)) > MOST_CHOSEN:
        hint = problem or _hint_of(row, kind)
        return TextInput(name, tr("Value"), row.value, hint=hint, most=LONGEST_VALUE)
    known += [(each, each) for each in chosen if each not in dict(known)]
    find = {"of": "value", "on": draw.events, "field": row.field, "op": row.op}
    listing = Listing(known, chosen, find, several=row.op in SEVERAL_VALUES)
    return draw.room.choose(name, tr("Value"), listing)


def _hint_of(row: Row, kind: Kind) -> str:
    if row.op == "within_days":
        return tr("A number of days, like 7")
    if row.op == "between":
        return tr(_RANGE)
    if row.op in SEVERAL_VALUES:
        return tr(_SEVERAL)
    return tr(_HINTS.get(kind, ""))


def _draw_currency(number: int, row: Row) -> Choice:
    usual = [(ANY_CURRENCY, tr("in any currency: the number alone counts")), *currency_choices()[:16]]
    if row.currency and row.currency not in dict(usual):
        usual.append((row.currency, row.currency))
    options = [Option(code, text, code == (row.currency or ANY_CURRENCY)) for code, text in usual]
    return Choice(f"currency{number}", tr("Currency"), options)


def _draw_groups(draw: RowsToDraw) -> list[Section]:
    """Draw what rows cannot show as words, each with a box to remove it."""
    if not draw.form.groups:
        return []
    texts = [cut_bytes(_group_text(group, draw), 400) for group in draw.form.groups]
    shown = Text("\n".join(tr("and: {condition}", condition=text) for text in texts))
    drop = [
        Option(str(number), tr("Remove: {condition}", condition=cut_bytes(text, 60)))
        for number, text in enumerate(texts, start=1)
    ]
    return [
        Section([shown, Choice("drop", tr("Kept as they are"), drop, "checkboxes")], tr("And these groups"))
    ]


def _group_text(group: object, draw: RowsToDraw) -> str:
    try:
        return condition_words(group, draw.form.on, draw.words.names)
    except InvalidFilter:
        return tr(_UNREADABLE)
