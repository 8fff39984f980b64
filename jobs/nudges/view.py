"""Reads what a card with nudges shows now, and notes which of its lines are gone."""

from __future__ import annotations

from typing import Any

import structlog

from jobs.queue import INTERRUPTIONS
from models.card_actions.nudged import NUDGES
from models.clock import now
from models.database.engine import Database
from models.deliveries.claimed import ClaimedDelivery
from models.nudges.cards import FIXED, NudgeView, close_lines, read_card

log = structlog.get_logger()


def card_of(notice: dict[str, Any] | None) -> int | None:
    """Return the id of the card that a delivery brings, None for any other delivery."""
    found = (notice or {}).get(NUDGES)
    return int(found["card"]) if found else None


def view_of(database: Database, head: ClaimedDelivery) -> NudgeView | None:
    """Return the card of a delivery as it is now; None for another delivery, and if it cannot be read."""
    card_id = card_of(head.notice)
    if card_id is None:
        return None
    try:
        at = now()
        with database.reading(head.tenant_id) as session:
            view = read_card(session, head.tenant_id, card_id, at)
        if view is not None and view.newly_gone:
            with database.writing(head.tenant_id) as session:
                close_lines(session, head.tenant_id, view.newly_gone, FIXED, at)
    except INTERRUPTIONS:
        raise
    except Exception:
        log.exception("nudges.unread", tenant_id=head.tenant_id, delivery_id=head.id)
        return None
    return view
