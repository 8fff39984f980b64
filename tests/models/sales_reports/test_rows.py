"""Totals never add amounts of different currencies."""

from __future__ import annotations

from decimal import Decimal

from models.sales_reports.rows import SalesRow, totals_of


def row(amount: str | None, currency: str, count: int | None = None) -> SalesRow:
    return SalesRow("won", amount=None if amount is None else Decimal(amount), currency=currency, count=count)


def test_each_currency_has_its_total() -> None:
    found = totals_of("won", [row("1.10", "EUR"), row("2.20", "EUR"), row("5", "USD"), row(None, "")])

    assert [(each.count, each.currency, each.amount) for each in found] == [
        (2, "EUR", Decimal("3.30")),
        (1, "", None),
        (1, "USD", Decimal(5)),
    ]


def test_nothing_is_a_total_of_nothing() -> None:
    assert [(each.count, each.is_total) for each in totals_of("won", [])] == [(0, True)]


def test_a_share_of_nothing_is_no_share() -> None:
    assert SalesRow("leads", count=0, of=0).percent is None
    assert SalesRow("leads", count=1, of=3).percent == 33.3
