"""Makes the sales reports that words or a button ask for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.context import Context
from bot.reports.sales_cards import sales_card
from bot.widgets import Message
from models.languages.words import meaning_of
from models.sales_reports.reader import MONDAY, SALES_RANGES
from models.sales_reports.report import make_sales_report, usual_range
from models.tables.reports import SalesReportKind

_SAME: Final = {"mon": MONDAY, "week": "7d", "month": "30d", "1d": "today"}
SINCE: Final = "since"
IN: Final = "in"


def sales_by_button(context: Context) -> Message:
    """Return the report that a button asks for; what it does not name is as usual."""
    asked = context.interaction.parameters
    kind = next((each for each in SalesReportKind if each == asked.get("kind")), SalesReportKind.PIPELINE)
    days = asked.get("range", "")
    known = days if days in SALES_RANGES else usual_range(kind)
    return draw_sales_report(context, kind, known, asked.get("pipeline", ""))


def draw_sales_report(context: Context, kind: SalesReportKind, days: str, pipeline: str = "") -> Message:
    return sales_card(make_sales_report(context.session, context.actor, kind, days, pipeline))


def sales_by_words(context: Context, kind: SalesReportKind) -> Message:
    """Return a report as the words after its name ask for it. Raises InvalidRequest, NotAllowed."""
    days, pipeline = _read_words(context.args)
    return draw_sales_report(context, kind, days or usual_range(kind), pipeline)


def _read_words(words: Sequence[str]) -> tuple[str, str]:
    """Return the range that somebody typed, empty for none, and the name of a pipeline."""
    days, others = "", list[str]()
    for word in words:
        meant = _SAME.get(meaning_of(word), meaning_of(word))
        if meant in SALES_RANGES:
            days = meant
        elif meant != SINCE and (others or meant != IN):  # a name may have an “in” of its own
            others.append(word)
    return days, " ".join(others)
