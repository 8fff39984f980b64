"""Finds what is known now of the leads that cards show: their scores, and which of them became deals.

For other objects nothing is read.
"""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from bot.cards.delivered import shows_score
from jobs.deliveries.message import OutgoingMessage
from jobs.queue import INTERRUPTIONS
from models.clock import now
from models.database.engine import Database
from models.leads.ends.known import is_asked, with_ends
from models.leads.scoring import scores_now

log = structlog.get_logger()


def note_scores(database: Database, tenant_id: int, messages: Sequence[OutgoingMessage]) -> None:
    """Note the scores that the parsed messages of a tenant show; if that fails, they show none."""
    leads = {
        id(message): change.object_id
        for message in messages
        for change in message.changes
        if message.count == 1 and change is not None
        if shows_score(message.head, change, message.lead_pipelines)
    }
    if not leads:
        return
    try:
        with database.reading(tenant_id) as session:
            found = scores_now(session, tenant_id, sorted(set(leads.values())))
    except INTERRUPTIONS:
        raise
    except Exception:
        log.exception("delivery.without_scores", tenant_id=tenant_id)
        return
    for message in messages:
        message.score = found.get(leads.get(id(message), ""))


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
