"""What a sales report says, in words: the totals of each part, and each row."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from bot.text.duration import duration
from bot.text.format import day, moment, money, percent
from bot.text.ranges import RANGE_NAMES
from models.languages.translate import marked, tr, tr_plural, whole
from models.sales_reports.funnel import (
    CAME,
    CONTACTED,
    CONVERTED,
    LEADS,
    MANY,
    NO_ORDER,
    QUALIFIED,
    SOURCES,
    STAGES,
    STAGES_WON,
)
from models.sales_reports.leaders import LEADERS
from models.sales_reports.open_deals import OPEN, OPEN_IN_PIPEDRIVE
from models.sales_reports.pipeline import CREATED, LOST, MOVED, SLIPPED, WON
from models.sales_reports.response import CLAIMS, RESPONSE
from models.sales_reports.risks import NO_LISTS, RISK, STALLED
from models.sales_reports.rows import SalesReport, SalesRow
from models.tables.reports import SalesReportKind

MOST_LINES: Final = 12  # rows of a report that comes by itself
MOST_IN_PART: Final = 4  # of each part

KIND_NAMES: Final = {
    SalesReportKind.PIPELINE: marked("Pipeline review"),
    SalesReportKind.LEADERS: marked("Won value by person"),
    SalesReportKind.FUNNEL: marked("Funnel"),
    SalesReportKind.RESPONSE: marked("Answers to leads"),
}
PART_NAMES: Final = {
    CREATED: marked("New deals"),
    WON: marked("Won deals"),
    LOST: marked("Lost deals"),
    SLIPPED: marked("Slipped, to close later"),
    MOVED: marked("In another stage"),
    OPEN: marked("Open deals now, as our record knows them"),
    OPEN_IN_PIPEDRIVE: marked("Open deals now, by Pipedrive's own count"),
    RISK: marked("At risk now"),
    LEADERS: marked("Won value by person"),
    LEADS: marked("Leads, step by step"),
    SOURCES: marked("Leads by source, converted to deals"),
    STAGES: marked("New deals that reached a stage"),
    STAGES_WON: marked("New deals that were won"),
    RESPONSE: marked("Leads that were contacted"),
    CLAIMS: marked("Leads claimed, by person"),
}
NOTES: Final = {
    "close_date_past": marked("close date in the past"),
    "no_next_activity": marked("nothing planned"),
    STALLED: marked("stands still"),
}
_STEPS: Final = {
    CAME: marked("Came"),
    CONTACTED: marked("Contacted"),
    QUALIFIED: marked("Qualified"),
    CONVERTED: marked("Became a deal"),
}
_UNKNOWN: Final = {
    NO_ORDER: marked("The order of some stages is not known yet."),
    MANY: marked("More leads came than are looked through; the others are not counted."),
    NO_LISTS: marked("Which deals have nothing planned is not known yet: Pipedrive's lists are still read."),
}


def sales_texts(report: SalesReport) -> dict[str, Any]:
    """Return a sales report that comes by itself as the texts of a summary card."""
    shown = [row for part in report.parts() for row in report.of_part(part)[:MOST_IN_PART]][:MOST_LINES]
    rows = [row for row in report.rows if not row.is_total]
    lines = [": ".join(filter(None, (name_of(row).replace(": ", " "), story_of(row)))) for row in shown]
    return {
        "title": kind_name(report),
        "why": " · ".join([about(report), *unknown_texts(report)]),
        "totals": [text for part in report.parts() if (text := part_text(report, part))]
        or ([] if lines else [nothing()]),
        "lines": lines,
        "more": len(rows) - len(lines),
    }


def gone_texts(kind: SalesReportKind) -> dict[str, Any]:
    """Return what comes instead of a sales report whose pipeline is no more."""
    why = tr(
        "Its pipeline is no longer in Pipedrive. /pipenotify report list shows it, with a way to stop it."
    )
    return {"title": tr(KIND_NAMES[kind]), "why": why, "totals": [], "lines": [], "more": 0}


def kind_name(report: SalesReport) -> str:
    return tr(KIND_NAMES[report.kind])


def about(report: SalesReport) -> str:
    """Return whose report it is, of which days and of which pipeline."""
    whose = tr("Your own deals") if report.is_own else tr("The whole team")
    return " · ".join(filter(None, (whose, tr(RANGE_NAMES[report.range]), report.pipeline)))


def unknown_texts(report: SalesReport) -> list[str]:
    """Return what is not known."""
    found = [tr(_UNKNOWN[each]) for each in report.unknown]
    if report.counted_since is not None:
        since = moment(report.counted_since, report.timezone)
        found.insert(0, tr("Counted since {when}; what was before is not known.", when=since))
    return found


def nothing() -> str:
    return tr("Nothing happened in this time.")


def part_text(report: SalesReport, part: str) -> str:
    """Return a part with its totals: `Won deals: 3, €45,000`; empty where there is nothing in it."""
    totals = totals_text(report, part)
    return f"{totals}, {tr(PART_NAMES[part])}" if totals else ""


def totals_text(report: SalesReport, part: str) -> str:
    """Return the totals of a part, each currency for itself: `3 deals · €45,000 · $2,000`."""
    totals = report.totals(part)
    count = sum(row.count or 0 for row in totals)
    if not count:
        return ""
    sums = [money(row.amount, row.currency) for row in totals if row.amount]
    return " · ".join([tr_plural("{count} deal", "{count} deals", count), *sums])


def name_of(row: SalesRow) -> str:
    if row.part == LEADS:
        return tr(_STEPS[row.name])
    if row.part == RESPONSE:
        return tr("First response")
    return row.name or tr("Unknown")


def story_of(row: SalesRow) -> str:
    """Return what is said of a row: `€12,000 · Ada · Nov 20, 2026 → Dec 4, 2026`."""
    texts = [
        _count(row),
        money(row.amount, row.currency) if row.amount is not None else "",
        row.owner,
        row.pipeline if row.part == STAGES else "",
        _way(row),
        *(tr(NOTES[each]) for each in row.notes),
        tr("half within {half}", half=duration(round(row.seconds * 1000))) if row.seconds is not None else "",
    ]
    return " · ".join(filter(None, texts))


def _count(row: SalesRow) -> str:
    if row.count is None:
        return ""
    if row.percent is None:
        if row.part in (LEADS, CLAIMS):
            return tr_plural("{count} lead", "{count} leads", row.count)
        return tr_plural("{count} deal", "{count} deals", row.count)
    share = percent(Decimal(str(row.percent)) / 100)
    return tr("{count} of {all}, {share}", count=whole(row.count), all=whole(row.of or 0), share=share)


def _way(row: SalesRow) -> str:
    if not row.became:
        return ""
    was, became = (day(row.was), day(row.became)) if row.part == SLIPPED else (row.was, row.became)
    return f"{was} → {became}"
