"""The dialog of weights, with what they make of last month's leads."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from bot.card_actions.form import first
from bot.context import Context
from bot.widgets import Button, Card, Fact, Section, Text, TextInput, Widget, press
from models.clock import now
from models.errors import InvalidRequest
from models.languages.translate import marked, tr, tr_in
from models.leads.queries import view_of
from models.leads.settings import count_bands, get_weights, try_weights
from models.leads.weights import BAND_TEXTS, PART_TEXTS, POINTS, Weights

SHOWN: Final = 5
SOURCE_HINT: Final = marked("Web form: 20, a line each")
NUMBERS: Final = (*POINTS, "value_from", "activity_days", "age_days", "hot_from", "warm_from")
_LINE: Final = re.compile(r"\s*(.+?)\s*[:=]\s*(\d{1,3})\s*")
Inputs = Mapping[str, Sequence[str]]


def draw_weights(context: Context, typed: Weights | None = None, problem: str = "") -> Card:
    """Return the dialog with what is set, or what was typed, its effect, and the `problem` with it."""
    weights = typed or get_weights(context.session, context.tenant_id)
    points: list[Widget] = [_number(name, tr(PART_TEXTS[name]), weights) for name in POINTS]
    sources = "\n".join(f"{name}: {count}" for name, count in weights.sources.items())
    points.append(TextInput("sources", tr("Single sources"), sources, hint=tr(SOURCE_HINT), lines=True))
    more: list[Widget] = [
        _number("value_from", tr("All points for the value from"), weights),
        _number("activity_days", tr("An activity counts half after so many days"), weights),
        _number("age_days", tr("A lead is new for so many days"), weights),
    ]
    bands: list[Widget] = [
        _number("hot_from", tr("Hot from so many points on"), weights),
        _number("warm_from", tr("Warm from so many points on"), weights),
    ]
    sections = [Section([Text(problem)], tr("Please look at this again"))] if problem else []
    sections += [
        Section(points, tr("Points, up to 100 in all")),
        Section(more, tr("How value, activity and age count")),
        Section(bands, tr("Hot, warm or cold")),
        Section(_examples(context, weights), tr("Last month's leads with these weights")),
    ]
    save = Button(tr("Save"), press("score.save"), primary=True)
    attempt = Button(tr("Try"), press("score.try", dialog=True))
    return Card(tr("Scores of leads"), "", sections, [save, attempt], card_id="weights")


def read_weights(inputs: Inputs, present: Weights) -> Weights:
    """Return the weights that were typed. Raises InvalidRequest for what is no number or source."""
    found: dict[str, int] = {}
    for name in NUMBERS:
        typed = first(inputs, name)
        if not (typed.isascii() and typed.isdecimal() and len(typed) <= 12):
            text = tr("“{typed}” is no number. Points and days are whole numbers.", typed=typed[:40])
            raise InvalidRequest(user_message=text)
        found[name] = int(typed)
    sources: dict[str, int] = {}
    for line in first(inputs, "sources").splitlines():
        parts = _LINE.fullmatch(line)
        if line.strip() and parts is None:
            text = tr("“{line}” names no source with its points. Write it as Web form: 20", line=line[:60])
            raise InvalidRequest(user_message=text)
        if parts is not None:
            sources[parts[1]] = int(parts[2])
    return replace(present, **found, sources=sources)


def _number(name: str, label: str, weights: Weights) -> TextInput:
    return TextInput(name, label, str(getattr(weights, name)), most=12)


def _examples(context: Context, weights: Weights) -> list[Widget]:
    examples = try_weights(view_of(context.session, context.actor, now()), weights)
    if not examples:
        return [Text(tr("No lead came in the last month, so there is nothing to try them on."))]
    counted = count_bands(examples)
    bands = ", ".join(f"{tr_in('lead', text)}: {counted[band]}" for band, text in BAND_TEXTS.items())
    rows: list[Widget] = [Text(bands)]
    for each in examples[:SHOWN]:
        band = tr_in("lead", BAND_TEXTS[each.band])
        before = "" if each.before in (None, each.score) else tr("now {score}", score=each.before)
        label = " · ".join(filter(None, (f"{each.score}, {band}", before)))
        rows.append(Fact(str(each.lead.state.get("title") or ""), label))
    return rows
