"""Notes of events that a lead was archived what is known of it: what the team gave up is no conversion."""

from __future__ import annotations

from collections.abc import Sequence

from models.database.engine import Database
from models.events.claims import ClaimedEvent
from models.leads.ends.known import is_asked, with_ends


def note_lead_ends(database: Database, events: Sequence[ClaimedEvent]) -> None:
    """Set the changes of such events anew; one read for all tenants, none where there is none."""
    asked = [event for event in events if is_asked(event.change)]
    if not asked:
        return
    received = [(each.tenant_id, each.change, each.received_at) for each in asked if each.change is not None]
    with database.reading_all() as session:
        changes = with_ends(session, received)
    for event, change in zip(asked, changes, strict=True):
        event.change = change
