"""Which archived leads Pipedrive is asked about: whether a deal was made of them.

Webhooks need not say from which lead a deal came, and may come in any order; REST says it. It is asked only
where somebody in Pipedrive archived a lead and a deal like it was added at about the same time: when that
lead is looked at again, so that what a killed worker has not asked is asked the next time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from models.database.lists import not_indexed
from models.pipedrive.deal_leads import DEAL, LEAD
from models.pipedrive.webhook.parsed import moment
from models.stalled.track import unpacked
from models.tables.accounts import Tenant, TenantStatus
from models.tables.leads import IS_LOST, Lead
from models.tables.stalled import TrackedObject

AROUND: Final = timedelta(minutes=10)  # between the archive and the deal; Pipedrive makes both at once
# How long after the archive was heard of such a lead is looked at again: its deal may be heard of later.
_SOON: Final = tuple(timedelta(seconds=each) for each in (2, 10, 60, 600))
_LATER: Final = tuple(timedelta(hours=each) for each in (1, 6, 24))  # Pipedrive may be away meanwhile
_AT_LEAST: Final = timedelta(minutes=1)  # after it was first looked at, however late that was
_MOST_DEALS: Final = 50


@dataclass(frozen=True, slots=True)
class OriginQuestion:
    """A lead of which a deal may have been made."""

    tenant_id: int
    lead_id: str


def next_look(
    session: Session, lead: Lead, heard_at: datetime, at: datetime, *, is_first: bool
) -> datetime | None:
    """Return when a lead is looked at again of which no deal is known, None for never.

    It was archived or deleted in Pipedrive, which we heard of at `heard_at`.
    """
    steps = (heard_at + each for each in (*_SOON, *_LATER))
    found = next((each for each in steps if each > at), None)
    if found is None:
        return at + _AT_LEAST if is_first else None
    return found if at < heard_at + _SOON[-1] or _may_have_deal(session, lead) else None


def due_lost_leads(session: Session, at: datetime, limit: int) -> Sequence[Lead]:
    """Return lost leads that are due to be looked at, without a deal. The session sees all tenants."""
    active = select(Tenant.id).where(Tenant.status == TenantStatus.ACTIVE)
    lost = select(Lead).where(Lead.look_at <= at, IS_LOST, not_indexed(Lead.tenant_id).in_(active))
    return session.scalars(lost.order_by(Lead.look_at).limit(limit)).all()


def questions_of(session: Session, leads: Iterable[Lead]) -> list[OriginQuestion]:
    """Return what Pipedrive is asked of lost leads: of those like which a deal was added at that time."""
    return [OriginQuestion(each.tenant_id, each.object_id) for each in leads if _may_have_deal(session, each)]


def _may_have_deal(session: Session, lead: Lead) -> bool:
    """Tell whether a deal was added at about the time of the archive, of the same people or name."""
    known = session.get(TrackedObject, (lead.tenant_id, LEAD, lead.object_id))
    if known is None:
        return False
    likeness: list[Any] = [
        getattr(TrackedObject, name) == value
        for name in ("person_id", "organization_id", "words")
        if (value := getattr(known, name))
    ]
    if not likeness:
        return False
    mine = (
        TrackedObject.tenant_id == lead.tenant_id,
        TrackedObject.entity == DEAL,
        TrackedObject.is_open.is_(True),
        TrackedObject.changed_at >= lead.changed_at - AROUND,
    )
    deals = select(TrackedObject.state).where(*mine, or_(*likeness))
    states = session.scalars(deals.order_by(TrackedObject.changed_at).limit(_MOST_DEALS))
    added = (moment(unpacked(each)[0].get("add_time")) for each in states)
    return any(each is not None and abs(each - lead.changed_at) <= AROUND for each in added)
