"""What follows from a tenant's settings: the summary at its time, and a look at all deals after a change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from models.deliveries.lanes import mark_due
from models.deliveries.notices import NOTICE
from models.destinations.queries import get_destination
from models.stalled.actions import get_summary, next_summary
from models.stalled.queries import zone_of
from models.stalled.track import DEAL
from models.tables.accounts import Tenant, TenantStatus
from models.tables.deliveries import Delivery
from models.tables.stalled import StalledSettings, TrackedObject

SUMMARY: Final = "stalled"  # the key of a notice that is the summary of stalled deals


def due_summaries(session: Session, at: datetime) -> list[int]:
    """Return the tenants whose summary is due. The session sees all tenants."""
    active = select(Tenant.id).where(Tenant.status == TenantStatus.ACTIVE)
    due = select(StalledSettings.tenant_id).where(
        StalledSettings.next_at <= at, StalledSettings.tenant_id.in_(active)
    )
    return list(session.scalars(due.order_by(StalledSettings.next_at)))


def take_summary(session: Session, tenant_id: int, at: datetime) -> StalledSettings | None:
    """Schedule the next summary and return the settings; None if another process has taken this one."""
    row = session.get(StalledSettings, tenant_id, with_for_update=True)
    if row is None or row.next_at is None or row.next_at > at:
        return None
    row.next_at = next_summary(get_summary(session, tenant_id), at, zone_of(session, tenant_id))
    return row


def post_summary(
    session: Session, tenant_id: int, destination_id: int, summary: Mapping[str, Any], at: datetime
) -> int:
    """Post the summary of stalled deals to a space; return 0 where that takes no cards any more.

    `summary` has the arguments of `bot.cards.stalled.summary_of_stalled`. It is a notice, so it is never
    folded.
    """
    to = get_destination(session, tenant_id, destination_id)
    if to is None or not to.is_active:
        return 0
    made = Delivery(
        tenant_id=tenant_id,
        destination_id=to.id,
        destination_name=to.name,
        event_type=NOTICE,
        lane=to.lane,
        is_urgent=True,
        notice={"title": "Stalled deals", "words": "", SUMMARY: dict(summary)},
    )
    session.add(made)
    session.flush()
    mark_due(session, [(tenant_id, to.lane, at)])
    return 1


def recheck_some(session: Session, at: datetime, limit: int) -> bool:
    """Schedule a batch of the open deals of a tenant that has changed its thresholds; False if there is none.

    The session is a writing one over all tenants.
    """
    waiting = select(StalledSettings).where(StalledSettings.rechecked_to.is_not(None))
    row = session.scalars(waiting.limit(1).with_for_update(skip_locked=True)).first()
    if row is None:
        return False
    mine = (TrackedObject.tenant_id == row.tenant_id, TrackedObject.entity == DEAL)
    further = select(TrackedObject.object_id).where(*mine, TrackedObject.object_id > row.rechecked_to)
    found = session.scalars(further.order_by(TrackedObject.object_id).limit(limit)).all()
    is_open = (TrackedObject.object_id.in_(found), TrackedObject.is_open.is_(True))
    change = update(TrackedObject).where(*mine, *is_open).values(next_at=at)
    session.execute(change.execution_options(synchronize_session=False))
    row.rechecked_to = found[-1] if len(found) == limit else None
    return True
