"""Lets the cards of a deal go on in the thread of the lead that it was."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database.direct import DirectStatement
from models.database.lists import pair_one_of
from models.pipedrive.deal_leads import LEAD
from models.tables.leads import Lead

OF_DEAL: Final = "deal-"
OF_LEAD: Final = "lead-"
_KEYS: Final = ("thread_key", "line_key")
_CONVERTED: Final = DirectStatement(
    select(Lead.tenant_id, Lead.deal_id, Lead.object_id).where(
        Lead.entity == LEAD, pair_one_of(Lead.tenant_id, Lead.deal_id, "deals")
    )
)


def join_lead_threads(session: Session, rows: Collection[dict[str, Any]]) -> None:
    """Change the rows of deliveries about deals that were leads: their thread is that of the lead.

    The session sees all tenants.
    """
    deals = {
        (row["tenant_id"], key.removeprefix(OF_DEAL))
        for row in rows
        for name in _KEYS
        if (key := row[name]) and key.startswith(OF_DEAL)
    }
    if not deals:
        return
    found = _CONVERTED.rows(session, {"deals": sorted(deals)})
    leads = {(tenant_id, f"{OF_DEAL}{deal}"): f"{OF_LEAD}{lead}" for tenant_id, deal, lead in found}
    for row in rows if leads else ():
        for name in _KEYS:
            row[name] = leads.get((row["tenant_id"], row[name]), row[name])
