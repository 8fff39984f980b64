"""Finds the present scores of the leads that cards show; for other objects nothing is read."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from bot.cards.delivered import shows_score
from jobs.deliveries.message import OutgoingMessage
from jobs.queue import INTERRUPTIONS
from models.database.engine import Database
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
