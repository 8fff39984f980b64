"""A sales report as the texts of a card that comes by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from bot.cards.sales_report import MOST_IN_PART, sales_texts
from models.sales_reports.funnel import CAME, CONVERTED, LEADS
from models.sales_reports.pipeline import SLIPPED, WON
from models.sales_reports.rows import SalesReport, SalesRow, with_totals
from models.tables.reports import SalesReportKind

AT = datetime(2026, 11, 28, 9, tzinfo=UTC)


def drawn(*rows: SalesRow, **more: Any) -> dict[str, Any]:
    return sales_texts(SalesReport(SalesReportKind.PIPELINE, "7d", AT, AT, rows, **more))


def deal(name: str, amount: int, currency: str, part: str = WON, **more: Any) -> SalesRow:
    return SalesRow(part, name, owner="Ada", amount=Decimal(amount), currency=currency, **more)


def test_each_part_is_summed_up_and_its_largest_rows_are_named() -> None:
    rows = [deal(f"Deal: {number}", 10, "EUR") for number in range(6)]
    texts = drawn(*with_totals(WON, [*rows, deal("Other", 7, "USD")]))

    assert texts["title"] == "Pipeline review"
    assert texts["totals"] == ["7 deals · €60 · $7, Won deals"]
    assert texts["lines"][0] == "Deal 0: €10 · Ada"
    assert (len(texts["lines"]), texts["more"]) == (MOST_IN_PART, 3)


def test_a_slipped_deal_says_from_when_to_when() -> None:
    row = deal("Lamps", 5, "EUR", SLIPPED, was="2026-11-20", became="2026-12-04")

    assert "Nov 20, 2026 → Dec 4, 2026" in drawn(*with_totals(SLIPPED, [row]))["lines"][0]


def test_steps_of_leads_have_their_share() -> None:
    texts = drawn(SalesRow(LEADS, CAME, count=4), SalesRow(LEADS, CONVERTED, count=1, of=4))

    assert texts["totals"] == []
    assert [line.replace("\u00a0", " ") for line in texts["lines"]] == [
        "Came: 4 leads",
        "Became a deal: 1 of 4, 25 %",
    ]


def test_nothing_and_what_is_unknown_are_said() -> None:
    texts = drawn(*with_totals(WON, []), counted_since=AT, unknown=("activities",))

    assert texts["totals"] == ["Nothing happened in this time."]
    assert "Counted since Nov 28, 2026" in texts["why"]
    assert "is not known yet" in texts["why"]
    assert (texts["lines"], texts["more"]) == ([], 0)
