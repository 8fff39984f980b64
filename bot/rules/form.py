"""The form of a rule: what was filled in, and the draft made from it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.text.event_types import NO_VALUE, SEVERAL_VALUES
from models.pipedrive.entity import ENTITIES, Kind
from models.pipedrive.types import entities_of
from models.rules.drafts import RuleDraft

ROWS: Final = 3
FIRST_TYPE: Final = "deal.won"
FIRST_OPERATOR: Final = "is"
NO_FIELD: Final = "-"
KEEP_TEMPLATE: Final = "kept as it is"
_MONEY: Final = re.compile(r"(-?[\d.,\s]*\d)\s*([A-Za-z]{3})")
_THOUSANDS: Final = re.compile(r"-?\d{1,3}([, ]\d{3})+(\.\d+)?")
_FLAGS: Final = {"yes": True, "true": True, "no": False, "false": False}
_LABELS: Final = {"name": "Name", "on": "When", "to": "Post to", "template": "Look", "when": "Conditions"}


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


def draft_of(form: RuleForm, name: str) -> RuleDraft:
    """Return the draft of a form, with the given name."""
    kept = form.kept
    return RuleDraft(
        name=name,
        on=list(form.on),
        when=kept.when if kept and form.keeps_filter else when_of(form),
        to=list(form.to),
        template=kept.template if kept and form.template == KEEP_TEMPLATE else form.template,
        urgent=form.urgent,
        enabled=kept.enabled if kept else True,
        show_restricted=kept is not None and kept.show_restricted,
    )


def when_of(form: RuleForm) -> Any | None:
    """Return the filter tree of the rows: None if empty, one condition alone, several under `all`."""
    leaves = [_condition_of(row, form.on) for row in form.rows if row.field or row.value]
    if len(leaves) < 2:
        return leaves[0] if leaves else None
    return {"all": leaves}


def _condition_of(row: Row, on: Sequence[str]) -> dict[str, Any]:
    leaf: dict[str, Any] = {"field": row.field, "op": row.op}
    if row.value or row.op not in (*NO_VALUE, *_NEEDS_SOME):
        leaf["value"] = _parse_value(row, _kind_of(row.field, on))
    return leaf


# These get no value key if it is empty: the error is then clearer than "must not be empty".
_NEEDS_SOME: Final = ("in", "not_in", "between")


def _kind_of(field: str, on: Sequence[str]) -> Kind:
    """Return the kind of the field; ANY for custom fields, and for fields that no entity has."""
    for entity in entities_of(list(on)):
        if field in ENTITIES[entity].fields:
            return ENTITIES[entity].fields[field].kind
    return Kind.ANY


def _parse_value(row: Row, kind: Kind) -> Any:
    """Convert the typed value to the form its operator takes; unreadable input stays as typed."""
    text = row.value.strip()
    if row.op in SEVERAL_VALUES or row.op == "between":
        return [
            _parse_single(part.strip(), kind)
            for part in re.split(r"[,;]\s+|;|,(?!\d{3}\b)", text)
            if part.strip()
        ]
    return _parse_single(text, kind)


def _parse_single(text: str, kind: Kind) -> Any:
    if kind is Kind.FLAG:
        return _FLAGS.get(text.lower(), text)
    if kind is Kind.MONEY and (money := _MONEY.fullmatch(text)):
        return {"amount": _parse_number(money[1].strip()), "currency": money[2].upper()}
    return _parse_number(text) if kind in (Kind.MONEY, Kind.NUMBER, Kind.ID) else text


def _parse_number(text: str) -> Any:
    """Convert a typed number (`10,000`) to a number; anything else is returned unchanged."""
    plain = re.sub(r"[, ]", "", text) if _THOUSANDS.fullmatch(text) else text
    if re.fullmatch(r"-?\d{1,15}", plain):
        return int(plain)
    return float(plain) if re.fullmatch(r"-?\d{1,15}\.\d{1,6}", plain) else text


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
        return f"{value.get('amount')} {value.get('currency')}"
    return str(value) if isinstance(value, str | int | float) else ""


def problem_text(problem: str) -> str:
    """Return a problem (`when.all[1].value: must be a number`) with the form's names for its parts."""
    path, _, message = problem.partition(": ")
    row = re.match(r"when\.all\[(\d+)\]", path)
    if row:
        return f"Condition {int(row[1]) + 1}: {message}"
    if re.fullmatch(r"when\.(field|op|value)", path):
        return f"Condition 1: {message}"
    part = re.split(r"[.\[]", path, maxsplit=1)[0]
    return f"{_LABELS[part]}: {message}" if part in _LABELS else problem
