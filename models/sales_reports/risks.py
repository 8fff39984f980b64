"""The open deals that are at risk now: close date in the past, nothing planned, or standing still."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from models.nudges.checks import CHECKS
from models.nudges.find import run
from models.nudges.reading import KnownDeal, TeamDeals, read_deals
from models.nudges.settings import get_plan
from models.pipedrive.names import Json
from models.sales_reports.deal_history import amount_of
from models.sales_reports.reader import SalesReader
from models.sales_reports.rows import SalesRow, with_totals
from models.stalled.actions import get_summary
from models.stalled.thresholds import thresholds_in_stage
from models.stalled.track import ref_id

RISK: Final = "risk"
STALLED: Final = "stalled"
RISK_CHECKS: Final = ("close_date_past", "no_next_activity")
NO_LISTS: Final = "activities"  # Pipedrive's lists were not read to their end yet


def find_risks(
    session: Session, reader: SalesReader, at: datetime, pipeline_id: str | None = None
) -> tuple[list[SalesRow], tuple[str, ...]]:
    """Return the deals at risk that a reader may see with their totals, the worst first, and what is unknown.

    The worst have most risks, then the largest value, whatever its currency.
    """
    team = read_deals(session, reader.tenant_id, get_plan(session, reader.tenant_id), at)
    usual = get_summary(session, reader.tenant_id).thresholds
    found = [
        _row(deal, reader, notes)
        for deal in team.deals
        if deal.is_open
        and reader.may_read(deal.permitted, deal.owner_id)
        and pipeline_id in (None, _pipeline_id(deal.state))
        and (notes := risks_of(team, deal, reader, at, usual))
    ]
    ordered = sorted(found, key=lambda row: (-len(row.notes), -float(row.amount or 0), row.id))
    return with_totals(RISK, ordered), () if team.are_lists_read else (NO_LISTS,)


def risks_of(
    team: TeamDeals, deal: KnownDeal, reader: SalesReader, at: datetime, usual: Sequence[int]
) -> tuple[str, ...]:
    """Return the codes of what is at risk with a deal."""
    facts = team.facts(deal, at, reader.zone)
    found = [name for name in RISK_CHECKS if run(CHECKS[name], facts, reader.sees) is not None]
    if facts.days_idle >= thresholds_in_stage(usual, facts.rotten_days)[0]:
        found.append(STALLED)
    return tuple(found)


def _row(deal: KnownDeal, reader: SalesReader, notes: tuple[str, ...]) -> SalesRow:
    currency = deal.state.get("currency")
    return SalesRow(
        RISK,
        str(deal.state.get("title") or "")[:255],
        id=deal.id,
        owner=reader.user_name(deal.owner_id),
        pipeline=reader.names.text("pipeline", _pipeline_id(deal.state)) or "",
        amount=amount_of(deal.state),
        currency=currency[:10].upper() if isinstance(currency, str) else "",
        notes=notes,
    )


def _pipeline_id(state: Mapping[str, Json]) -> str | None:
    return ref_id(state.get("pipeline_id"))
