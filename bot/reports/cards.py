"""The card of a report: the figures in words, and a bar for each part."""

from __future__ import annotations

from typing import Final

from bot.cards.report import (
    BY_NAMES,
    bar_of,
    below,
    name_of,
    not_arriving_texts,
    whole_facts,
    whose_cards,
)
from bot.text.format import number
from bot.text.ranges import RANGE_NAMES
from bot.widgets import Button, Card, Fact, Icon, Menu, Message, Section, Text, Widget, press
from models.languages.translate import tr, tr_plural
from models.reports.figures import Figures
from models.reports.report import PERSON, REPORT_RANGES, Report, ReportPart

SHOWN: Final = 31  # bars: the days of a month
VISIBLE: Final = 10  # the others unfold


def report_card(report: Report) -> Message:
    """Return the card of a report; where there was nothing, it says so and what to do."""
    title = whose_cards(report)
    subtitle = f"{tr(RANGE_NAMES[report.range])} · {tr(BY_NAMES[report.by])}"
    warnings = [Fact(text, icon=Icon("warning", tr("Trouble"))) for text in not_arriving_texts(report)]
    sections = [Section([*warnings, *_whole(report.whole)]), _bars(report)]
    card = Card(title, subtitle, sections, _buttons(report), card_id="report")
    return Message(card, fallback_text=f"{title}, {tr(RANGE_NAMES[report.range])}: {_count(report.whole)}")


def _count(whole: Figures) -> str:
    return tr_plural("{count} card", "{count} cards", whole.total)


def _whole(whole: Figures) -> list[Widget]:
    facts = whole_facts(whole)
    if not facts:
        return [Text(tr("Nothing was sent or held back in this time. Cards come as soon as a rule fires."))]
    return [Fact(text, label) for label, text in facts]


def _bars(report: Report) -> Section:
    parts = report.parts if report.whole.total or report.by == PERSON else ()
    longest = max((part.count for part in parts), default=0)
    rows: list[Widget] = [_bar(part, longest) for part in parts[:SHOWN]]
    if len(parts) > SHOWN:
        rows.append(Text(tr("and {count} more", count=number(len(parts) - SHOWN))))
    return Section(rows, tr(BY_NAMES[report.by]) if rows else "", shown=VISIBLE)


def _bar(part: ReportPart, longest: int) -> Fact:
    return Fact(bar_of(part, longest), label=name_of(part), below=below(part))


def _buttons(report: Report) -> list[Button]:
    ranges = [
        Button(tr(RANGE_NAMES[name]), press("report.show", range=name, by=report.by))
        for name in REPORT_RANGES
        if name != report.range
    ]
    groups = [
        Button(tr(name), press("report.show", range=report.range, by=by))
        for by, name in BY_NAMES.items()
        if by != report.by
    ]
    return [Button(tr("Other days"), Menu(ranges)), Button(tr("Group"), Menu(groups)), _log_button()]


def _log_button() -> Button:
    return Button(tr("Log"), press("log.show"))
