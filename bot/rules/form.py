"""The form of a rule: what was filled in, and the draft made from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.rules.typed_values import parse_several, parse_typed
from bot.text.event_types import NO_VALUE, SEVERAL_VALUES
from models.pipedrive.entity import Kind
from models.pipedrive.filters.resolve import readers
from models.pipedrive.names import NO_NAMES, Names
from models.pipedrive.types import entities_of
from models.rules.drafts import RuleDraft

ROWS: Final = 3
FIRST_TYPE: Final = "deal.won"
FIRST_OPERATOR: Final = "is"
NO_FIELD: Final = "-"
KEEP_TEMPLATE: Final = "kept as it is"
_ORDERED: Final = (
    "at_least",
    "at_most",
    "more_than",
    "less_than",
    "between",
    "increased_by",
    "decreased_by",
    "crossed",
)


@dataclass(frozen=True, slots=True)
class Row:
    """One condition as filled in; without a field it is ignored."""

    field: str = ""
    op: str = FIRST_OPERATOR
    value: str = ""


@dataclass(frozen=True, slots=True)
class RuleForm:
    """A rule as it stands in the dialog.

    `kept` is the stored rule being edited: parts that three rows cannot show (a nested filter, a custom
    template) are kept from it. `keeps_filter`: the filter is such a part.
    """

    name: str = ""
    on: Sequence[str] = (FIRST_TYPE,)
    rows: Sequence[Row] = ()
    to: Sequence[str] = ()
    template: str = "compact"
    urgent: bool = False
    kept: RuleDraft | None = None
    keeps_filter: bool = False


def read_form(inputs: Mapping[str, Sequence[str]], kept: RuleDraft | None = None) -> RuleForm:
    """Return the form as filled in; `kept` is the rule being edited."""

    def first(name: str, default: str = "") -> str:
        return next(iter(inputs.get(name, ())), default)

    rows = [
        Row(first(f"field{n}").replace(NO_FIELD, ""), first(f"op{n}", FIRST_OPERATOR), first(f"value{n}"))
        for n in range(1, ROWS + 1)
    ]
    return RuleForm(
        name=first("name"),
        on=tuple(inputs.get("on", ())) or (FIRST_TYPE,),
        rows=rows,
        to=tuple(inputs.get("to", ())),
        template=first("template", "compact"),
        urgent=bool(inputs.get("urgent")),
        kept=kept,
        keeps_filter=kept is not None and rows_of(kept.when) is None,
    )


def form_of(draft: RuleDraft) -> RuleForm:
    """Return the form of an existing rule."""
    rows = rows_of(draft.when)
    return RuleForm(
        name=draft.name,
        on=tuple(draft.on),
        rows=rows or (),
        to=tuple(draft.to),
        template=draft.template if isinstance(draft.template, str) else KEEP_TEMPLATE,
        urgent=draft.urgent,
        kept=draft,
        keeps_filter=rows is None,
    )


def draft_of(form: RuleForm, name: str, names: Names = NO_NAMES) -> RuleDraft:
    """Return the draft of a form, with the given name; `names` tell the kinds of custom fields."""
    kept = form.kept
    return RuleDraft(
        name=name,
        on=list(form.on),
        when=kept.when if kept and form.keeps_filter else when_of(form, names),
        to=list(form.to),
        template=kept.template if kept and form.template == KEEP_TEMPLATE else form.template,
        urgent=form.urgent,
        enabled=kept.enabled if kept else True,
        show_restricted=kept is not None and kept.show_restricted,
    )


def when_of(form: RuleForm, names: Names = NO_NAMES) -> Any | None:
    """Return the filter tree of the rows: None if empty, one condition alone, several under `all`."""
    leaves = [condition_of(row, form.on, names) for row in form.rows if row.field or row.value]
    if len(leaves) < 2:
        return leaves[0] if leaves else None
    return {"all": leaves}


def condition_of(row: Row, on: Sequence[str], names: Names = NO_NAMES) -> dict[str, Any]:
    """Return the condition of one row."""
    leaf: dict[str, Any] = {"field": row.field, "op": row.op}
    if row.value or row.op not in (*NO_VALUE, *_NEEDS_SOME):
        leaf["value"] = _parse_value(row, _kind_of(row, on, names))
    return leaf


# These get no value key if it is empty: the error is then clearer than "must not be empty".
_NEEDS_SOME: Final = ("in", "not_in", "between")


def _kind_of(row: Row, on: Sequence[str], names: Names) -> Kind:
    """Return the kind of the field; ANY for a custom field of unknown kind, and for no field at all.

    What is compared with more or less in a field of unknown kind is read as an amount.
    """
    try:
        found = next(iter(readers(row.field, entities_of(list(on)), names).values()))
    except ValueError:
        kind = Kind.ANY
    else:
        kind = found.hint if found.kind is Kind.ANY else found.kind
    return Kind.MONEY if kind is Kind.ANY and row.op in _ORDERED else kind


def _parse_value(row: Row, kind: Kind) -> Any:
    """Convert the typed value to the form its operator takes; unreadable input stays as typed."""
    if row.op in SEVERAL_VALUES or row.op == "between":
        return parse_several(row.value, kind, is_range=row.op == "between")
    return parse_typed(row.value, kind)


def rows_of(when: Any | None) -> list[Row] | None:
    """Return a filter as rows, None if three rows cannot show it."""
    if when is None:
        return []
    leaves = when.get("all") if isinstance(when, dict) and "all" in when else [when]
    if not isinstance(leaves, list) or len(leaves) > ROWS:
        return None
    rows = [_row_of(leaf) for leaf in leaves]
    return None if None in rows else [row for row in rows if row is not None]


def _row_of(leaf: Any) -> Row | None:
    if not isinstance(leaf, dict) or "field" not in leaf:
        return None
    if "value" not in leaf:
        return Row(leaf["field"], leaf["op"])
    typed = _typed_text(leaf["value"])
    return Row(leaf["field"], leaf["op"], typed) if typed else None


def _typed_text(value: Any) -> str:
    """Return a value as it would be typed, empty if it cannot be."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        parts = [_typed_text(one) for one in value]
        return "; ".join(parts) if all(parts) and not any(";" in part for part in parts) else ""
    if isinstance(value, dict):
        return f"{_typed_text(value.get('amount'))} {value.get('currency')}"
    if isinstance(value, float) and re.search(r"\.\d{3}$", str(value)):
        return f"{value}0"  # 1.234 would be read as one thousand
    return str(value) if isinstance(value, str | int | float) else ""
