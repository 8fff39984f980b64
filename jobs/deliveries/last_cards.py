"""Which deliveries change the last card of their object instead of adding another one."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.render import parse_change
from jobs.queue import INTERRUPTIONS
from models.card_actions.copies import NEVER_HIDDEN, last_message
from models.database.engine import Database
from models.deliveries.claimed import ClaimedDelivery
from models.tables.rules import UpdateMode

log = structlog.get_logger()


def note_last_cards(database: Database, messages: Sequence[OutgoingMessage]) -> None:
    """Note which messages change the last card of their object; if that fails, they are new ones."""
    changing = [each for each in messages if each.count == 1 and _changes_a_card(each.head)]
    if not changing:
        return
    try:
        with database.reading_all() as session:
            for message in changing:
                head, change = message.head, parse_change(message.head)
                if change is not None:
                    about = (change.entity, change.object_id)
                    message.replaces = last_message(session, head.tenant_id, head.lane, *about)
    except INTERRUPTIONS:
        raise
    except Exception:
        log.exception("delivery.without_last_cards", deliveries=[each.head.id for each in changing])


def _changes_a_card(head: ClaimedDelivery) -> bool:
    """Tell whether a delivery changes an earlier card; what is news comes as a message of its own."""
    is_news = head.is_urgent or head.is_test or head.event_type in NEVER_HIDDEN
    is_shown = not (is_news or head.redacted_because or head.resent_as)
    return head.update_mode == UpdateMode.CARD and is_shown
