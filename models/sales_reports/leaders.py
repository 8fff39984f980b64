"""The leaders: what each person has won, each currency for itself."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from models.sales_reports.deal_history import DealStory
from models.sales_reports.pipeline import WON, is_closed_as
from models.sales_reports.reader import SalesReader
from models.sales_reports.rows import SalesRow, totals_of

LEADERS: Final = "leaders"


def rank_leaders(stories: Sequence[DealStory], reader: SalesReader) -> list[SalesRow]:
    """Return who has won how much: the currency of most deals first, in it the largest sum first.

    A deal counts once, for whoever owns it at the end of the span, with its value then. Whoever has won in
    two currencies has two rows.
    """
    won = [story for story in stories if is_closed_as(WON, story)]
    people = defaultdict[str | None, list[SalesRow]](list)
    for story in won:
        row = SalesRow(LEADERS, amount=story.amount, currency=story.currency)
        people[story.owner_id].append(row)
    found = [
        SalesRow(
            LEADERS,
            reader.user_name(owner_id),
            id=owner_id or "",
            count=total.count,
            amount=total.amount,
            currency=total.currency,
        )
        for owner_id, rows in people.items()
        for total in totals_of(LEADERS, rows)
    ]
    totals = totals_of(LEADERS, found)
    order = [total.currency for total in totals]
    found.sort(key=lambda row: (order.index(row.currency), -float(row.amount or 0), row.name, row.id))
    return [*totals, *found]
