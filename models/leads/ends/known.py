"""Decides what a lead's way to the archive was, as far as that is known here: a loss, or a conversion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.card_actions.echoes import CONVERT, RecentWrite, ends_of_leads
from models.database.direct import DirectStatement
from models.database.lists import among, wanted
from models.pipedrive.change import Change
from models.pipedrive.deal_leads import LEAD
from models.pipedrive.lead_ends import CONVERTED, without_conversion
from models.tables.deliveries import as_literal
from models.tables.leads import Lead, LeadStatus

Received = tuple[int, Change, datetime]  # a change of a tenant, and when its webhook came


def is_asked(change: Change | None) -> bool:
    """Tell whether only what is known of the lead says what a change was."""
    return change is not None and CONVERTED in change.types and not change.became_deal


def with_ends(session: Session, received: Sequence[Received]) -> list[Change]:
    """Return the changes of archived leads, in their order, with what is known of how these ended.

    One that somebody of the team gave up is no conversion; of one that was converted `became_deal` is set.
    The session sees all tenants.
    """
    leads = sorted({(tenant_id, change.object_id) for tenant_id, change, _ in received})
    writes = ends_of_leads(session, leads)
    converted = {(row[0], row[1]): row[2] for row in _CONVERTED.rows(session, wanted(leads))}
    return [_with_end(each, writes, converted.get((each[0], each[1].object_id))) for each in received]


def _with_end(received: Received, writes: Sequence[RecentWrite], known_at: datetime | None) -> Change:
    """Return a change with its end. `known_at`: the last change of a lead that is known to be converted.

    A lead that was archived and came back before is not meant: it changed later.
    """
    tenant_id, change, at = received
    of_lead = (tenant_id, change.object_id)
    mine = (each for each in writes if (each.tenant_id, each.object_id) == of_lead)
    write = next((each for each in mine if each.is_in_time(change, at)), None)
    if write is not None and write.do != CONVERT:
        return without_conversion(change)
    changed_at = change.updated_at or at
    is_known = known_at is not None and known_at <= changed_at
    return replace(change, became_deal=True) if is_known or write is not None else change


_LEADS: Any = Lead.__table__
_CONVERTED: Final = DirectStatement(
    select(_LEADS.c.tenant_id, _LEADS.c.object_id, _LEADS.c.changed_at).where(
        *among(_LEADS.c.tenant_id, _LEADS.c.object_id),
        _LEADS.c.entity == as_literal(LEAD),
        _LEADS.c.status == as_literal(LeadStatus.CONVERTED),
        _LEADS.c.is_open.is_(False),
    )
)
