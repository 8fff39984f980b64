"""Finds out of which archived leads a deal is known to have been made: only then a card says so."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from jobs.deliveries.message import OutgoingMessage
from jobs.queue import INTERRUPTIONS
from models.clock import now
from models.database.engine import Database
from models.leads.ends import is_asked, with_ends

log = structlog.get_logger()


def note_lead_ends(database: Database, tenant_id: int, messages: Sequence[OutgoingMessage]) -> None:
    """Set the changes of archived leads in the messages of a tenant; if that fails, they stay as they are.

    A rule asks at once, and its card is drawn a moment later: by then the deal may be known.
    """
    asked = [
        (delivery.received_at or now(), change)
        for message in messages
        for delivery, change in zip(message.coalesced, message.changes, strict=True)
        if change is not None and is_asked(change)
    ]
    if not asked:
        return
    try:
        with database.reading_all() as session:
            found = with_ends(session, [(tenant_id, change, at) for at, change in asked])
    except INTERRUPTIONS:
        raise
    except Exception:
        log.exception("delivery.without_ends", tenant_id=tenant_id)
        return
    known = {id(change): new for (_, change), new in zip(asked, found, strict=True)}
    for message in messages:
        message.changes = [known.get(id(change), change) for change in message.changes]
