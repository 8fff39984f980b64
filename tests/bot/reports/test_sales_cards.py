"""The card of a sales report: parts with their totals, plain names, and words where nothing happened."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bot.reports.sales_cards import SHOWN, sales_card
from models.sales_reports.pipeline import WON
from models.sales_reports.rows import SalesReport, SalesRow, with_totals
from models.tables.reports import SalesReportKind

AT = datetime(2026, 11, 28, 9, tzinfo=UTC)


def drawn(*rows: SalesRow, **more: Any) -> str:
    message = sales_card(SalesReport(SalesReportKind.PIPELINE, "7d", AT, AT, rows, **more))
    return json.dumps(message.as_chat("https://pipenotify.example.com/chat/events"), ensure_ascii=False)


def test_an_empty_report_says_that_nothing_happened() -> None:
    card = drawn(*with_totals(WON, []))

    assert "Nothing happened in this time." in card
    assert "Won deals" not in card


def test_many_rows_are_cut_and_counted() -> None:
    rows = [SalesRow(WON, f"Deal {each}", amount=Decimal(1), currency="EUR") for each in range(SHOWN + 5)]
    card = drawn(*with_totals(WON, rows))

    assert "15 deals · €15" in card
    assert "and 5 more" in card


def test_names_of_deals_are_plain_text() -> None:
    assert "<b>" not in drawn(*with_totals(WON, [SalesRow(WON, "<b>Lamps</b>")]))


def test_whose_report_it_is_and_since_when_it_counts_are_said() -> None:
    card = drawn(is_own=True, counted_since=AT, pipeline="Renewals")

    assert "Your own deals · Last 7 days · Renewals" in card
    assert "Counted since Nov 28, 2026" in card
