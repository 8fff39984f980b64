"""What the open deals come to now: as our record knows them, or as Pipedrive's summary has them.

Our record begins with the connection and holds what a webhook or a list told. Pipedrive's summary counts
every deal that the one who asks may see there, so each reader's is asked for with their own token.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from models.pipedrive.name_refs import id_key
from models.sales_reports.deal_history import MOST_AMOUNT, amount_of
from models.sales_reports.reader import SalesReader
from models.sales_reports.rows import SalesReport, SalesRow, totals_of
from models.stalled.track import DEAL, ref_id, unpacked
from models.tables.stalled import TrackedObject

OPEN: Final = "open"
OPEN_IN_PIPEDRIVE: Final = "open_in_pipedrive"
BATCH: Final = 500


def known_open(session: Session, reader: SalesReader, pipeline_id: str | None) -> list[SalesRow]:
    """Return the totals of the open deals that are known here and that a reader may see."""
    mine = (TrackedObject.tenant_id == reader.tenant_id, TrackedObject.entity == DEAL)
    query = select(TrackedObject.state).where(*mine, text("tracked_objects.is_open"))  # of the partial index
    rows = []
    for stored in session.scalars(query.execution_options(yield_per=BATCH)):
        state, permitted = unpacked(stored)
        is_asked_for = pipeline_id in (None, ref_id(state.get("pipeline_id")))
        if is_asked_for and reader.may_read(permitted, ref_id(state.get("owner_id"))):
            currency = state.get("currency")
            code = currency[:10].upper() if isinstance(currency, str) else ""
            rows.append(SalesRow(OPEN, amount=amount_of(state), currency=code))
    return totals_of(OPEN, rows)


def summed_up(summary: Mapping[str, Any]) -> list[SalesRow] | None:
    """Return the totals of Pipedrive's summary, that of most deals first; None where it is unreadable."""
    totals = summary.get("values_total")
    if not isinstance(totals, Mapping):
        return None
    rows = [_total(str(currency), each) for currency, each in totals.items()]
    found = [row for row in rows if row is not None]
    if len(found) < len(rows):
        return None
    found.sort(key=lambda row: (-(row.count or 0), row.currency))
    return found or [SalesRow(OPEN_IN_PIPEDRIVE, is_total=True, count=0)]


def with_summary(report: SalesReport, totals: Sequence[SalesRow]) -> SalesReport:
    """Return a report with Pipedrive's totals of open deals in place of our record's."""
    at = next((number for number, row in enumerate(report.rows) if row.part == OPEN), len(report.rows))
    others = [row for row in report.rows if row.part != OPEN]
    return replace(report, rows=[*others[:at], *totals, *others[at:]])


def summary_filters(report: SalesReport, pipeline_id: str, pipedrive_user_id: str) -> dict[str, str | int]:
    """Return what to ask Pipedrive for: the open deals of a report, only one's own where it is of those."""
    filters: dict[str, str | int] = {"status": OPEN}
    if id_key(pipeline_id):
        filters["pipeline_id"] = pipeline_id
    return filters | ({"user_id": pipedrive_user_id} if report.is_own else {})


def _total(currency: str, each: Any) -> SalesRow | None:
    count, value = (each.get("count"), each.get("value")) if isinstance(each, Mapping) else (None, None)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < MOST_AMOUNT
    if not isinstance(count, int) or isinstance(count, bool) or count < 0 or not is_number:
        return None
    amount = Decimal(str(value))
    return SalesRow(
        OPEN_IN_PIPEDRIVE, is_total=True, count=count, amount=amount, currency=currency[:10].upper()
    )
