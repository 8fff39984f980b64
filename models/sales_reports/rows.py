"""What a sales report is: rows, some of them totals. Amounts of different currencies are never added."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal

from models.tables.reports import SalesReportKind


@dataclass(frozen=True, slots=True)
class SalesRow:
    """One row. `part` says of what; `is_total`: it sums up a part in one currency.

    `count` is out of `of`, None where that means nothing. `was` and `became` are two stages or two days.
    `seconds` is how long half of them took at most. `notes` are codes, such as the risks of a deal.
    """

    part: str
    name: str = ""
    is_total: bool = False
    id: str = ""
    owner: str = ""
    pipeline: str = ""
    count: int | None = None
    of: int | None = None
    amount: Decimal | None = None
    currency: str = ""
    was: str = ""
    became: str = ""
    seconds: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def percent(self) -> float | None:
        """How many of a hundred; None where there were none to choose from."""
        return round(100 * self.count / self.of, 1) if self.count is not None and self.of else None


@dataclass(frozen=True, slots=True)
class SalesReport:
    """One report. `counted_since` is set where our record begins after the range does.

    `is_own`: the reader sees no more than what is theirs. `unknown` are codes of what is not known yet.
    """

    kind: SalesReportKind
    range: str
    since: datetime
    until: datetime
    rows: Sequence[SalesRow]
    counted_since: datetime | None = None
    is_own: bool = False
    pipeline: str = ""
    timezone: str = "UTC"
    unknown: tuple[str, ...] = ()

    def parts(self) -> list[str]:
        """Return the parts in their order."""
        return list(dict.fromkeys(row.part for row in self.rows))

    def totals(self, part: str) -> list[SalesRow]:
        return [row for row in self.rows if row.part == part and row.is_total]

    def of_part(self, part: str) -> list[SalesRow]:
        """Return the rows of a part without its totals."""
        return [row for row in self.rows if row.part == part and not row.is_total]


def with_totals(part: str, rows: Sequence[SalesRow]) -> list[SalesRow]:
    """Return one total for each currency, that of most rows first, then the rows. None still is one total."""
    return [*totals_of(part, rows), *rows]


def totals_of(part: str, rows: Iterable[SalesRow]) -> list[SalesRow]:
    """Return how many there are in each currency and what they come to."""
    counts, sums = Counter[str](), defaultdict[str, Decimal](Decimal)
    for row in rows:
        counts[row.currency] += 1 if row.count is None else row.count
        sums[row.currency] += row.amount or 0
    if not counts:
        return [SalesRow(part, is_total=True, count=0)]
    blank = SalesRow(part, is_total=True)
    ordered = sorted(counts, key=lambda currency: (-counts[currency], currency))
    return [
        replace(blank, count=counts[each], currency=each, amount=sums[each] if each else None)
        for each in ordered
    ]
