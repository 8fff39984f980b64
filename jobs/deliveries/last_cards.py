"""Which deliveries change the last card of their object instead of adding another one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import structlog

from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.render import parse_change
from jobs.queue import INTERRUPTIONS
from models.card_actions.copies import NEVER_HIDDEN, last_card
from models.database.engine import Database, Session
from models.deliveries.claimed import ClaimedDelivery, read_one
from models.pipedrive.change import Change
from models.pipedrive.signal import SIGNALS
from models.tables.rules import UpdateMode

log = structlog.get_logger()


def note_last_cards(database: Database, messages: Sequence[OutgoingMessage]) -> None:
    """Note which messages change the last card of their object; if that fails, they are new ones.

    Noted as well is which are outdated: Pipedrive's retries come late, and the card shows a newer change.
    """
    changing = [each for each in messages if each.count == 1 and _changes_a_card(each.head)]
    if not changing:
        return
    try:
        with database.reading_all() as session:
            for message in changing:
                _note_last_card(session, message)
    except INTERRUPTIONS:
        raise
    except Exception:
        log.exception("delivery.without_last_cards", deliveries=[each.head.id for each in changing])


def _note_last_card(session: Session, message: OutgoingMessage) -> None:
    head, change = message.head, parse_change(message.head)
    if change is None:
        return
    last = last_card(session, head.tenant_id, head.lane, change.entity, change.object_id)
    if last is None:
        return
    shown = read_one(session, head.tenant_id, last.delivery_id)
    shown_at = None if shown is None else _changed_at(shown, parse_change(shown))
    at = _changed_at(head, change)
    if shown_at is not None and at is not None and at < shown_at:
        log.info("delivery.outdated", tenant_id=head.tenant_id, delivery_id=head.id, shown=last.delivery_id)
        message.is_outdated = True
    else:
        message.replaces = last.message_name


def _changed_at(delivery: ClaimedDelivery, change: Change | None) -> datetime | None:
    """Return when Pipedrive changed the object; a time in the future counts as that of the webhook.

    What we found ourselves is no change: it is as new as its event.
    """
    if change is None or not SIGNALS.isdisjoint(change.types):
        return delivery.received_at
    times = (each for each in (change.changed_at, delivery.received_at) if each is not None)
    return min(times, default=None)


def _changes_a_card(head: ClaimedDelivery) -> bool:
    """Tell whether a delivery changes an earlier card; what is news comes as a message of its own."""
    is_news = head.is_urgent or head.is_test or head.event_type in NEVER_HIDDEN
    is_shown = not (is_news or head.redacted_because or head.resent_as)
    return head.update_mode == UpdateMode.CARD and is_shown
