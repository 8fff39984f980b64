"""The form of a rule: what was filled in, and the draft made from it."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from bot.rules.dialog.condition_rows import (
    FIRST_OPERATOR,
    LONGEST_FIELD,
    MOST_ROWS,
    Row,
    conditions_of,
    tree_of,
)
from bot.rules.dialog.option_room import NOTHING
from bot.rules.dialog.vocabulary import Vocabulary
from models.destinations.recipients import mention_named
from models.rules.drafts import RuleDraft
from models.tables.rules import Mention, Thread, UpdateMode

FIRST_TYPE: Final = "deal.won"
NO_FIELD: Final = NOTHING
ANY_CURRENCY: Final = NOTHING
OR: Final = "or"
NOT: Final = "not:"  # before the operator of a condition that must not hold
LONGEST_CODE: Final = 10
KEEP_TEMPLATE: Final = "kept as it is"
_ROW_INPUT: Final = re.compile(r"(?:field|value)([1-9]\d?)")


@dataclass(frozen=True, slots=True)
class RuleForm:
    """A rule as it stands in the dialog.

    `kept` is the stored rule being edited: its own template and the parts of its filter that rows cannot
    show (`groups`) are kept from it.
    """

    name: str = ""
    on: Sequence[str] = (FIRST_TYPE,)
    rows: Sequence[Row] = ()
    groups: Sequence[Any] = ()
    to: Sequence[str] = ()
    template: str = "compact"
    urgent: bool = False
    thread: str = Thread.NONE
    update: str = UpdateMode.REPLY
    mention: str = Mention.NONE
    kept: RuleDraft | None = None


def read_form(inputs: Mapping[str, Sequence[str]], kept: RuleDraft | None = None) -> RuleForm:
    """Return the form as filled in; `kept` is the rule being edited."""
    dropped = set(inputs.get("drop", ()))
    groups = conditions_of(kept.when).groups if kept else ()
    return RuleForm(
        name=_first(inputs, "name"),
        on=tuple(inputs.get("on", ())) or (FIRST_TYPE,),
        rows=[_read_row(inputs, number) for number in range(1, _last_row(inputs) + 1)],
        groups=[group for number, group in enumerate(groups, start=1) if str(number) not in dropped],
        to=tuple(inputs.get("to", ())),
        template=_first(inputs, "template", "compact"),
        urgent=bool(inputs.get("urgent")),
        thread=_one_of(inputs, "thread", tuple(Thread), kept.thread if kept else Thread.NONE),
        update=_one_of(inputs, "update", tuple(UpdateMode), kept.update if kept else UpdateMode.REPLY),
        mention=mention_named(_first(inputs, "mention")) or (kept.mention if kept else Mention.NONE),
        kept=kept,
    )


def _first(inputs: Mapping[str, Sequence[str]], name: str, default: str = "") -> str:
    return next(iter(inputs.get(name, ())), default)


def _one_of(inputs: Mapping[str, Sequence[str]], name: str, known: Collection[str], default: str) -> str:
    """Return what was chosen; the default where the form does not have the choice."""
    asked = _first(inputs, name)
    return asked if asked in known else default


def _chosen(inputs: Mapping[str, Sequence[str]], name: str, nothing: str) -> str:
    chosen = _first(inputs, name)
    return "" if chosen == nothing else chosen


def _last_row(inputs: Mapping[str, Sequence[str]]) -> int:
    """Return the number of the last row with a field or a value."""
    found = [
        int(match[1]) for name, given in inputs.items() if given and (match := _ROW_INPUT.fullmatch(name))
    ]
    return max([number for number in found if number <= MOST_ROWS], default=0)


def _read_row(inputs: Mapping[str, Sequence[str]], number: int) -> Row:
    op = _first(inputs, f"op{number}", FIRST_OPERATOR)
    values = tuple(inputs.get(f"value{number}", ()))
    return Row(
        field=_chosen(inputs, f"field{number}", NO_FIELD)[:LONGEST_FIELD],
        op=op.removeprefix(NOT),
        value="; ".join(values),
        picked=values if len(values) > 1 else (),
        currency=_chosen(inputs, f"currency{number}", ANY_CURRENCY)[:LONGEST_CODE],
        is_or=_first(inputs, f"join{number}") == OR,
        is_not=op.startswith(NOT),
    )


def form_of(draft: RuleDraft) -> RuleForm:
    """Return the form of an existing rule."""
    conditions = conditions_of(draft.when)
    return RuleForm(
        name=draft.name,
        on=tuple(draft.on),
        rows=conditions.rows,
        groups=conditions.groups,
        to=tuple(draft.to),
        template=draft.template if isinstance(draft.template, str) else KEEP_TEMPLATE,
        urgent=draft.urgent,
        thread=draft.thread,
        update=draft.update,
        mention=draft.mention,
        kept=draft,
    )


def draft_of(form: RuleForm, name: str, words: Vocabulary) -> RuleDraft:
    """Return the draft of a form, with the given name."""
    kept = form.kept
    changed: dict[str, Any] = {
        "name": name,
        "on": list(form.on),
        "when": when_of(form, words),
        "to": list(form.to),
        "template": kept.template if kept and form.template == KEEP_TEMPLATE else form.template,
        "urgent": form.urgent,
        "thread": form.thread,
        "update": form.update,
        "mention": form.mention,
    }
    return replace(kept, **changed) if kept else RuleDraft(**changed)


def when_of(form: RuleForm, words: Vocabulary) -> Any | None:
    """Return the filter of a form; that of the stored rule exactly, if it means the same."""
    made = tree_of(form.rows, form.groups, form.on, words)
    if form.kept is None:
        return made
    stored = conditions_of(form.kept.when)
    is_same = made == tree_of(stored.rows, stored.groups, form.on, words)
    return form.kept.when if is_same else made
