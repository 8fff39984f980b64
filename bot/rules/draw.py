"""Draws the form of a rule as a dialog."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from bot.context import Context
from bot.rules.form import KEEP_TEMPLATE, NO_FIELD, ROWS, Row, RuleForm
from bot.rules.problems import row_problems
from bot.text.event_types import choices_of_operators, choices_of_types, event_type_text
from bot.text.format import cut_bytes
from bot.widgets import Button, Card, Choice, Option, Press, Section, Text, TextInput, Widget
from bot.widgets.inputs import MOST_OPTIONS
from models.accounts import permissions
from models.connections.names import known_names
from models.destinations.queries import list_chosen_destinations, space_titles
from models.pipedrive.entity import ENTITIES, Kind
from models.pipedrive.names import Names
from models.pipedrive.readable import fold_text
from models.pipedrive.types import NOT_PRODUCED, entities_of
from models.rules.drafts import LOOKS, RuleDraft
from models.rules.queries import template_names

Pairs = list[tuple[str, str]]


def blank_form(context: Context) -> RuleForm:
    """Return the form of a new rule: its cards go to this space if that is linked."""
    here = context.interaction.space.name
    return RuleForm(to=(here,) if here in dict(destination_choices(context)) else ())


@dataclass(frozen=True, slots=True)
class DialogState:
    """What the buttons of the dialog carry: the rule, what it showed (`marks_of`), what was confirmed."""

    rule_id: str = ""
    seen: str = ""
    sure: str = ""

    def parameters(self) -> dict[str, str]:
        named = {"rule": self.rule_id, "seen": self.seen, "sure": self.sure}
        return {key: value for key, value in named.items() if value}


def draw_rule_dialog(
    context: Context, form: RuleForm, state: DialogState | None = None, *, problems: Sequence[str] = ()
) -> Card:
    """Return the dialog with what was filled in; `problems` are shown at the top."""
    names = known_names(context.session, context.tenant_id)
    state = state or DialogState()
    known = state.parameters()
    redraw = Press("rule.form", {key: value for key, value in known.items() if key != "sure"})
    types = choices_of_types()
    types += [(each, event_type_text(each)) for each in form.on if each in NOT_PRODUCED]
    sections = [
        Section([Text("\n".join(problems))] if problems else [], "Please look at this again"),
        Section([_draw_choice("on", "When", types, form.on, redraw=redraw)]),
        Section(_draw_conditions(form, names, shows_problems=bool(problems)), "Only if"),
        Section(_draw_outcome(context, form), "Then"),
    ]
    footer = [
        Button("Save", Press("rule.save", known), primary=True),
        Button("Save and test", Press("rule.save", {"test": "yes", **known})),
    ]
    title = "Edit rule" if state.rule_id else "New rule"
    shown = [one for one in sections if one.widgets]
    return Card(title, cut_bytes(form.name, 80), shown, footer, card_id="rule-form")


def _draw_choice(
    name: str, label: str, options: Pairs, chosen: Iterable[str], redraw: Press | None = None
) -> Choice:
    """Draw a dropdown, or checkboxes if several options are chosen already."""
    picked = set(chosen)
    drawn = [Option(value, text, value in picked) for value, text in _chosen_first(options, picked)]
    return Choice(name, label, drawn, "multi" if len(picked) > 1 else "dropdown", redraw)


def _chosen_first(options: Pairs, picked: set[str]) -> Pairs:
    """Move chosen options to the front, because at most a hundred are drawn."""
    if len(options) <= MOST_OPTIONS:
        return options
    return sorted(options, key=lambda option: option[0] not in picked)[:MOST_OPTIONS]


def _draw_conditions(form: RuleForm, names: Names, *, shows_problems: bool) -> list[Widget]:
    if form.keeps_filter:
        return [Text("The conditions of this rule are nested. They stay as they are.")]
    fields = [(NO_FIELD, "no condition"), *fields_of(form.on, names)]
    rows = [*form.rows, *[Row()] * ROWS][:ROWS]
    hints = {1: _HINT} | (dict(row_problems(form, names)) if shows_problems else {})
    return [
        widget
        for number, row in enumerate(rows, start=1)
        for widget in _draw_condition(number, row, fields, hints.get(number, ""))
    ]


def _draw_condition(number: int, row: Row, fields: Pairs, hint: str) -> list[Widget]:
    return [
        _draw_choice(f"field{number}", f"Field {number}", fields, [row.field or NO_FIELD]),
        _draw_choice(f"op{number}", "Comparison", choices_of_operators(), [row.op]),
        TextInput(f"value{number}", "Value", row.value, hint=hint),
    ]


_HINT: Final = "10,000 or 10k EUR, a name, 2026-11-20, yes; several with commas"


def fields_of(on: Sequence[str], names: Names) -> Pairs:
    """Return the fields a condition may use for these event types: (key, label), custom ones last."""
    entities = [ENTITIES[key] for key in entities_of(list(on))]
    own = {
        field.key: field.label
        for entity in entities
        for field in entity.fields.values()
        if field.kind is not Kind.ID and "." not in field.key
    }
    custom = [
        (digest, name.text)
        for kind in dict.fromkeys(kind for entity in entities for kind in entity.custom)
        for digest, name in names.of(kind).items()
    ]
    alike = Counter(fold_text(text) for _, text in custom)
    # If two fields share a name, their hashes tell them apart.
    keyed = [(digest if alike[fold_text(text)] > 1 else text, text) for digest, text in custom]
    return [*own.items(), *{f"custom.{key}": text for key, text in keyed}.items()]


def _draw_outcome(context: Context, form: RuleForm) -> list[Widget]:
    looks = [(look, look.capitalize()) for look in LOOKS] + [
        (name, name) for name in template_names(context.session, context.tenant_id).values()
    ]
    if form.kept and not isinstance(form.kept.template, str):
        looks.append((KEEP_TEMPLATE, "Its own template, as it is"))
    urgent = [Option("yes", "Urgent: also in quiet hours", form.urgent)]
    return [
        _draw_choice("to", "Post to", destination_choices(context, form.kept), form.to),
        _draw_choice("template", "Look", looks, [form.template]),
        Choice("urgent", "", urgent, "switch"),
        Text("Save and test posts a card marked TEST there at once, seen by everybody who is there."),
        TextInput("name", "Name", form.name, hint="Left empty, it is named after what it does"),
    ]


def destination_choices(context: Context, edited: RuleDraft | None = None) -> Pairs:
    """Return where a rule of the asking person may post: destinations by name, and themselves directly.

    `edited` is the rule as it is: where it posts already it may go on to.
    """
    titles = space_titles(context.session, context.tenant_id)
    known = list_chosen_destinations(context.session, context.tenant_id)
    kept = edited.to if edited is not None else ()
    found = [
        (each.name, titles.get(each.name, each.name))
        for each in known
        if permissions.may_post_to(context.actor, each.name, kept)
    ]
    email = context.interaction.user.email
    if context.actor.user_id is not None and email not in dict(found):
        found.append((email, "Me, in a direct message"))
    return found
