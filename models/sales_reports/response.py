"""How fast leads are answered: until somebody contacts them, and until somebody claims them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from statistics import median
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.leads.queries import KnownLead, goes_on_as
from models.sales_reports.reader import SalesReader
from models.sales_reports.rows import SalesRow
from models.tables.accounts import User
from models.tables.leads import LeadEvent, LeadHistory

RESPONSE, CLAIMS = "response", "claims"
MOST_LINES: Final = 50_000
CLAIMED: Final = (LeadEvent.CLAIMED, LeadEvent.ACCEPTED)


def first_response(leads: Sequence[KnownLead]) -> list[SalesRow]:
    """Return how many leads were contacted, and how long half of these waited for it at most."""
    if not leads:
        return []
    waits = [
        (lead.row.contacted_at - lead.row.added_at).total_seconds()
        for lead in leads
        if lead.row.contacted_at is not None and lead.row.contacted_at >= lead.row.added_at
    ]
    return [SalesRow(RESPONSE, count=len(waits), of=len(leads), seconds=median(waits) if waits else None)]


def claim_times(session: Session, reader: SalesReader, leads: Sequence[KnownLead]) -> list[SalesRow]:
    """Return how many of the leads each person was the first to claim or accept, and how fast, fastest first.

    Who does not read of the whole team reads of their own claims.
    """
    if not leads:
        return []
    added = {(lead.row.entity, lead.row.object_id): lead.row.added_at for lead in leads}
    became = goes_on_as(session, reader.tenant_id, [lead.row.object_id for lead in leads if lead.is_deal])
    mine = (LeadHistory.tenant_id == reader.tenant_id, LeadHistory.what.in_(CLAIMED))
    columns = (LeadHistory.entity, LeadHistory.object_id, LeadHistory.user_id, LeadHistory.at)
    query = select(*columns).where(*mine, LeadHistory.at >= min(added.values()))
    lines = session.execute(query.order_by(LeadHistory.at, LeadHistory.id).limit(MOST_LINES))
    waits, claimed = defaultdict[int | None, list[float]](list), set[tuple[str, str]]()
    for entity, object_id, user_id, at in lines:
        key = became.get((entity, object_id), (entity, object_id))
        if key in added and key not in claimed:
            claimed.add(key)
            waits[user_id].append((at - added[key]).total_seconds())
    names = _people(session, reader)
    rows = [
        SalesRow(CLAIMS, names[user_id], count=len(found), seconds=max(median(found), 0.0))
        for user_id, found in waits.items()
        if user_id in names
    ]
    return sorted(rows, key=lambda row: (row.seconds or 0, row.name))


def _people(session: Session, reader: SalesReader) -> dict[int | None, str]:
    users = session.scalars(select(User).where(User.tenant_id == reader.tenant_id))
    return {
        user.id: user.display_name or user.email
        for user in users
        if reader.sees_team or user.id == reader.actor.user_id
    }
