"""What the form of a rule becomes after one of its inputs was changed, before it is drawn again."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import replace
from typing import Final

from bot.rules.dialog.choices import first_operator
from bot.rules.dialog.condition_rows import Row, kind_of
from bot.rules.dialog.form import RuleForm
from bot.rules.dialog.option_room import SEVERAL
from bot.rules.dialog.vocabulary import Vocabulary
from bot.text.event_types import NO_VALUE, SEVERAL_VALUES
from models.pipedrive.entity import Kind

_ROW: Final = re.compile(r"(field|op)(\d{1,2})")


def after_change(
    form: RuleForm, changed: str, was: str, several: Collection[str], words: Vocabulary
) -> tuple[RuleForm, frozenset[str]]:
    """Return the form and the names of its inputs that take several, after the input `changed`.

    `was` is what a dropdown held before "several" was chosen in it.
    """
    rows = list(form.rows)
    if (match := _ROW.fullmatch(changed)) and 0 < (number := int(match[2])) <= len(rows):
        change = _new_field if match[1] == "field" else _new_operator
        rows[number - 1] = change(rows[number - 1], form, words)
    kept = tuple(filter(None, [was]))
    takes = {name for name, held in (("on", form.on), ("to", form.to)) if SEVERAL in held}
    return replace(
        form,
        rows=[row for row in rows if row.is_filled],
        on=_without_several(form.on, kept) or form.on,
        to=_without_several(form.to, kept),
    ), frozenset({*several, *takes})


def _without_several(chosen: Collection[str], kept: tuple[str, ...]) -> tuple[str, ...]:
    if SEVERAL not in chosen:
        return tuple(chosen)
    return tuple(each for each in chosen if each != SEVERAL) or kept


def _new_field(row: Row, form: RuleForm, words: Vocabulary) -> Row:
    """Return the row with the usual operator of its field; the value of another field is dropped."""
    kind = kind_of(row.field, "", form.on, words.names)
    value = "yes" if kind is Kind.FLAG else ""
    return Row(row.field, first_operator(kind, form.on), value, is_or=row.is_or)


def _new_operator(row: Row, _form: RuleForm, _words: Vocabulary) -> Row:
    """Return the row without the values that its operator does not take."""
    if row.op in NO_VALUE:
        return replace(row, value="", picked=(), currency="")
    if row.picked and row.op not in (*SEVERAL_VALUES, "between"):
        return replace(row, value=row.picked[0], picked=())
    return row
