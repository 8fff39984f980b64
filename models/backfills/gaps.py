"""Opens gaps: spans of time in which a tenant's webhooks may have been lost, for backfilling.

What Pipedrive does (pipedrive.readme.io/docs/guide-for-webhooks-v2): a webhook that fails is tried again
after 3, 30 and 150 s and then lost. Ten failed first tries ban the webhook for 30 minutes; webhooks
in that time are lost without any try.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.clock import now
from models.tables.connections import Backfill, BackfillState, Connection, ConnectionState

AWAY: Final = timedelta(seconds=150)  # Pipedrive's last try covers anything shorter
SHAKY: Final = timedelta(seconds=75)  # long enough for ten failed tries, and so for a ban
BAN: Final = timedelta(minutes=31)
LANDED: Final = timedelta(seconds=200)  # after this no earlier try is still to come
MARGIN: Final = timedelta(minutes=1)
MERGES_WITHIN: Final = timedelta(minutes=10)  # a gap that keeps growing is still read eventually
_LONGEST_REASON: Final = 200
_HEARS: Final = (ConnectionState.CONNECTED, ConnectionState.NEEDS_REAUTH)


def open_gap(session: Session, tenant_id: int, since: datetime, until: datetime, reason: str) -> None:
    """Request a backfill between two moments; a repeated request opens no second gap.

    A gap that overlaps with a waiting one extends that. It is read once the last tries for
    its webhooks have arrived. `reason` is shown to people: "Pipenotify was away".
    Nothing from before the tenant's connection is read, and nothing if there is none.
    The session is a writing one, of the tenant or of all.
    """
    mine = select(Connection.created_at).where(Connection.tenant_id == tenant_id)
    born = session.scalar(mine)
    if born is None or until <= (since := max(since, born)):
        return
    for other in _open(session, tenant_id):
        if other.since <= since and until <= other.until:
            return
        if _may_grow(other) and other.since < until and since < other.until:
            other.since, other.until = min(other.since, since), max(other.until, until)
            other.due_at = max(other.due_at, other.until + LANDED)
            return
    session.add(
        Backfill(
            tenant_id=tenant_id,
            since=since,
            until=until,
            reason=reason[:_LONGEST_REASON],
            due_at=until + LANDED,
        )
    )
    session.flush()


def note_outage(session: Session, last: datetime | None, at: datetime) -> int:
    """Open gaps for all connected tenants after a long pause between two heartbeats of the webhook endpoint.

    The last gap begins when the endpoint is back, because the failed webhooks may have caused a ban. Returns
    for how many tenants. The session is a writing one of all tenants; write the heartbeat in it, too.
    """
    silent = timedelta(0) if last is None else at - last
    if last is None or silent <= SHAKY:
        return 0
    hearing = select(Connection.tenant_id).where(
        Connection.state.in_(_HEARS), Connection.refresh_token.is_not(None)
    )
    tenants = session.scalars(hearing.order_by(Connection.tenant_id)).all()
    for tenant_id in tenants:
        since = last - MARGIN
        if silent > AWAY:
            open_gap(session, tenant_id, since, at, "Pipenotify was away")
            since = at
        open_gap(session, tenant_id, since, at + BAN, "Pipedrive may have paused our webhooks")
    return len(tenants)


def _open(session: Session, tenant_id: int) -> list[Backfill]:
    mine = select(Backfill).where(
        Backfill.tenant_id == tenant_id, Backfill.state.in_((BackfillState.WAITING, BackfillState.RUNNING))
    )
    return list(session.scalars(mine.order_by(Backfill.id).with_for_update()))


def _may_grow(gap: Backfill) -> bool:
    return gap.state == BackfillState.WAITING and not gap.progress and gap.created_at > now() - MERGES_WITHIN
