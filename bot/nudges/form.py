"""The dialog of what a team wants of nudges: checks, time, limits, and what each stage requires."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.context import Context
from bot.stalled.form import WEEKDAY_TEXTS
from bot.text.nudges import CUSTOM, field_text
from bot.widgets import Button, Card, Choice, Option, Section, Text, TextInput, Widget, press
from models.connections.names import field_names, names_of_kinds
from models.errors import InvalidRequest
from models.languages.translate import marked, tr
from models.nudges.checks import CHECKS, Check
from models.nudges.facts import NudgeLimits
from models.nudges.settings import WEEKDAYS, NudgePlan, get_plan
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import Names

ON: Final = "on"
COUNTS: Final = marked(
    "/pipenotify nudge team shows admins and managers how many deals were asked about, and mended."
)
_REQUIRABLE: Final = ("value", "expected_close_date", "person_id", "org_id", "probability")


def draw_settings(context: Context, problem: str = "") -> Card:
    """Return the dialog with what is set, or with what was typed and the `problem` with it."""
    plan, inputs = get_plan(context.session, context.tenant_id), context.interaction.inputs
    names = _names(context)
    chosen = inputs.get("checks", plan.checks) if problem else plan.checks
    days = inputs.get("weekdays", plan.weekdays) if problem else plan.weekdays

    def typed(name: str, otherwise: object) -> str:
        return _first(inputs, name) if problem else str(otherwise)

    def is_on(name: str, *, otherwise: bool) -> bool:
        return ON in inputs.get(name, ()) if problem else otherwise

    checks = [Option(each.name, tr(each.text), each.name in chosen) for each in _by_gravity()]
    weekdays = [
        Option(each, tr(text), each in days) for each, text in zip(WEEKDAYS, WEEKDAY_TEXTS, strict=True)
    ]
    sections = [
        Section([Text(problem)] if problem else [], tr("Please look at this again")),
        Section(
            [
                _switch("on", tr("Ask everybody in the morning"), is_on("on", otherwise=plan.is_on)),
                TextInput(
                    "at", tr("At"), typed("at", plan.at), hint=tr("Like 08:30, by the clock of each person")
                ),
                Choice("weekdays", tr("On these days"), weekdays, "checkboxes"),
            ],
            tr("When"),
        ),
        Section(
            [
                Choice("checks", tr("The worst comes first on the card"), checks, "checkboxes"),
                *_limits(plan.limits, typed),
                _required(typed("required", "\n".join(_required_lines(plan.required, names)))),
            ],
            tr("What is asked"),
        ),
        _counts_section(is_on("names", otherwise=plan.shows_names)),
    ]
    save = Button(tr("Save"), press("nudge.save"), primary=True)
    return Card(tr("Nudges"), "", [each for each in sections if each.widgets], [save], card_id="nudge-form")


def _counts_section(by_person: bool) -> Section:
    switch = _switch("names", tr("Also by person"), by_person)
    return Section([Text(tr(COUNTS)), switch], tr("Counts of the team"))


def _required(typed: str) -> TextInput:
    label = tr("Fields that a stage requires, a line for each stage")
    hint = tr("Like: Negotiation = Value, Expected close date")
    return TextInput("required", label, typed, hint=hint, lines=True)


def _limits(limits: NudgeLimits, typed: Callable[[str, object], str]) -> list[Widget]:
    return [
        TextInput(
            "stuck",
            tr("Stuck in its stage: after how many days"),
            typed("stuck", limits.stuck_days),
            hint=tr("Where Pipedrive has a time of its own for the stage, that counts"),
        ),
        TextInput(
            "forecast",
            tr("Stale forecast: it should close within how many days"),
            typed("forecast", limits.forecast_days),
        ),
        TextInput(
            "idle",
            tr("Stale forecast: nobody has changed it for how many days"),
            typed("idle", limits.idle_days),
        ),
    ]


def _switch(name: str, label: str, is_on: bool) -> Choice:
    return Choice(name, label, [Option(ON, tr("On"), is_on)], "switch")


def read_settings(context: Context) -> NudgePlan:
    """Return what was filled in. Raises InvalidRequest for a stage or a field that is not known."""
    inputs = context.interaction.inputs
    at, kept = _first(inputs, "at"), get_plan(context.session, context.tenant_id).required
    return NudgePlan(
        ON in inputs.get("on", ()),
        tuple(name for name in CHECKS if name in inputs.get("checks", ())),
        f"0{at}" if re.fullmatch(r"\d:\d\d", at) else at,
        tuple(day for day in WEEKDAYS if day in inputs.get("weekdays", ())),
        NudgeLimits(*(_days(inputs, name) for name in ("stuck", "forecast", "idle"))),
        read_required(_first(inputs, "required"), _names(context), kept),
        ON in inputs.get("names", ()),
    )


def read_required(text: str, names: Names, kept: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return by stage the fields that lines like `Negotiation = Value` name. Raises InvalidRequest.

    A line that the form wrote is for the stages of `kept` that it was: names may hold a comma or `=`
    themselves, and stages of two pipelines may have one name.
    """
    found, written = dict[str, list[str]](), _required_lines(kept, names)
    for line in filter(None, map(str.strip, text.splitlines())):
        found |= written.get(line) or _read_line(line, names)
    return found


def _read_line(line: str, names: Names) -> dict[str, list[str]]:
    stage, _, listed = line.partition("=")
    ids = _stage_ids(stage.strip(), names)
    if not ids:
        raise InvalidRequest(user_message=tr("There is no stage “{name}”.", name=stage.strip()[:60]))
    keys = [_field_key(each, names) for each in map(str.strip, listed.split(",")) if each]
    return dict.fromkeys(ids, keys)


def _required_lines(required: Mapping[str, Sequence[str]], names: Names) -> dict[str, dict[str, list[str]]]:
    """Return the lines of text that say what stages require, each with the stages that it says it of."""
    lines: dict[str, dict[str, list[str]]] = {}
    for stage, keys in required.items():
        fields = ", ".join(field_text(each, names) for each in keys)
        line = f"{names.text('stage', stage) or stage} = {fields}".strip()
        lines.setdefault(line, {})[stage] = [*keys]
    return lines


def _stage_ids(typed: str, names: Names) -> list[str]:
    wanted = typed.casefold()
    return [
        key for key, name in names.of("stage").items() if wanted and wanted in (key, name.text.casefold())
    ]


def _field_key(typed: str, names: Names) -> str:
    wanted = typed.casefold()
    for key in _REQUIRABLE:
        if wanted in (key, field_text(key, names).casefold(), _label(key).casefold()):
            return key
    for key, name in names.of("deal_field").items():
        if wanted in (name.text.casefold(), f"{CUSTOM}{key}".casefold()):
            return f"{CUSTOM}{key}"
    raise InvalidRequest(user_message=tr("There is no field called {name}.", name=typed[:40]))


def _label(key: str) -> str:
    return next(field.label for field in ENTITIES["deal"].declared if field.where == key)


def _names(context: Context) -> Names:
    stages = names_of_kinds(context.session, context.tenant_id, ("stage",))
    return Names(stages | field_names(context.session, context.tenant_id))


def _by_gravity() -> list[Check]:
    return sorted(CHECKS.values(), key=lambda each: -each.gravity)


def _days(inputs: Mapping[str, Sequence[str]], name: str) -> int:
    typed = _first(inputs, name)
    return int(typed) if re.fullmatch(r"\d{1,4}", typed) else 0  # refused


def _first(inputs: Mapping[str, Sequence[str]], name: str) -> str:
    return next(iter(inputs.get(name, ())), "").strip()
