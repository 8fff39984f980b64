"""The card of a sales report: a section for each part, the totals first."""

from __future__ import annotations

from typing import Final

from bot.cards.sales_report import (
    KIND_NAMES,
    PART_NAMES,
    about,
    kind_name,
    name_of,
    nothing,
    story_of,
    totals_text,
    unknown_texts,
)
from bot.text.format import number
from bot.text.ranges import RANGE_NAMES
from bot.widgets import Button, Card, Fact, Menu, Message, Section, Text, Widget, press
from models.languages.translate import tr
from models.sales_reports.reader import SALES_RANGES
from models.sales_reports.rows import SalesReport, SalesRow

SHOWN: Final = 10  # rows of a part
VISIBLE: Final = 4  # widgets of a part; the others unfold


def sales_card(report: SalesReport) -> Message:
    """Return the card of a sales report; where nothing happened, it says so."""
    sections = [_section(report, part) for part in report.parts() if _has_any(report, part)]
    head: list[Widget] = [Text(each) for each in unknown_texts(report)]
    if not sections:
        head.insert(0, Text(nothing()))
    if head:
        sections.insert(0, Section(head))
    title = kind_name(report)
    card = Card(title, about(report), sections, _buttons(report), card_id="sales")
    return Message(card, fallback_text=f"{title}: {about(report)}")


def _has_any(report: SalesReport, part: str) -> bool:
    return bool(report.of_part(part) or totals_text(report, part))


def _section(report: SalesReport, part: str) -> Section:
    rows, totals = report.of_part(part), totals_text(report, part)
    widgets: list[Widget] = [Text(totals)] if totals else []
    widgets += [_row(row) for row in rows[:SHOWN]]
    if len(rows) > SHOWN:
        widgets.append(Text(tr("and {count} more", count=number(len(rows) - SHOWN))))
    return Section(widgets, tr(PART_NAMES[part]), shown=VISIBLE)


def _row(row: SalesRow) -> Fact:
    return Fact(name_of(row), below=story_of(row))


def _buttons(report: SalesReport) -> list[Button]:
    ranges = [
        Button(
            tr(RANGE_NAMES[name]),
            press("report.sales", kind=report.kind, range=name, pipeline=report.pipeline),
        )
        for name in SALES_RANGES
        if name != report.range
    ]
    others = [
        Button(tr(name), press("report.sales", kind=kind, pipeline=report.pipeline))
        for kind, name in KIND_NAMES.items()
        if kind != report.kind
    ]
    found = [Button(tr("Other days"), Menu(ranges))]
    found += [Button(tr("Other reports"), Menu(others))] if others else []
    return [*found, Button(tr("All reports"), press("report.list"))]
