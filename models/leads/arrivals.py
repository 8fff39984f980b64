"""Notes that a new lead waits to be routed, where its team has a policy that is on."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database.upsert import insert_into
from models.tables.leads import Lead
from models.tables.routing import Assignment, AssignmentState, RoutingPolicy

CLAIM: Final = "routing.claim"  # the action of a wait for an answer to an offered lead
NEW_FOR: Final = timedelta(days=1)  # what is older when we first hear of it has an owner who knows it


def note_arrival(session: Session, row: Lead, at: datetime) -> bool:
    """Let a lead be routed if it is new; False where nothing is to be done. Doing it again changes nothing.

    A lead that was made before the team's first policy, or longer than a day ago, stays as it is.
    """
    is_on = (RoutingPolicy.tenant_id == row.tenant_id, RoutingPolicy.is_on.is_(True))
    since = session.scalar(select(RoutingPolicy.created_at).where(*is_on).order_by(RoutingPolicy.created_at))
    if since is None or not row.is_open or row.added_at < max(since, at - NEW_FOR):
        return False
    key = {"tenant_id": row.tenant_id, "entity": row.entity, "object_id": row.object_id, "step": 0}
    values = {**key, "state": AssignmentState.WAITING, "due_at": at, "at": at, "owner_id": row.owner_id}
    insert = insert_into(session, Assignment).values(values).on_conflict_do_nothing(index_elements=list(key))
    return session.scalar(insert.returning(Assignment.id)) is not None
