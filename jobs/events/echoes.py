"""Skips the cards of changes that people made on cards: where they pressed, the card shows it already."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from models.card_actions.copies import NEVER_HIDDEN, lanes_with
from models.card_actions.echoes import CONVERT, SHOWN_ALREADY, RecentWrite, recent_writes
from models.database.engine import Session
from models.events.claims import ClaimedEvent
from models.tables.deliveries import DeliveryState


def skip_echoes(
    session: Session, events: Sequence[ClaimedEvent], rows: Collection[dict[str, Any]], at: datetime
) -> None:
    """Change the rows of deliveries that would tell what a card there shows already: they end as skipped.

    A card shows what was pressed in its space, and what was pressed on a copy of it elsewhere. A win, a loss
    and what is urgent come as a message of their own in those other spaces. The session sees all tenants.
    """
    writes = recent_writes(session, {row["tenant_id"] for row in rows}, at)
    if not writes:
        return
    by_event: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        by_event[row["event_id"]].append(row)
    for event in events:
        write = _cause(event, writes) if event.id in by_event else None
        if write is not None and event.change is not None:
            is_news = any(each in NEVER_HIDDEN for each in event.change.types)
            shown = lanes_with(session, write.tenant_id, write.entity, write.object_id)
            if write.do == CONVERT:  # cards of the lead are those of its deal once that is known
                shown |= lanes_with(session, write.tenant_id, event.change.entity, event.change.object_id)
            for row in by_event[event.id]:
                is_elsewhere = row["lane"] in shown and not (is_news or row["is_urgent"])
                if row["lane"] == write.lane or is_elsewhere:
                    row |= {"state": DeliveryState.SKIPPED, "reason": SHOWN_ALREADY, "finished_at": at}
                    row["gathered_for"] = None


def _cause(event: ClaimedEvent, writes: Sequence[RecentWrite]) -> RecentWrite | None:
    """Return the write of ours that caused an event, None if none did."""
    change = event.change
    if change is None:
        return None
    return next(
        (
            each
            for each in writes
            if each.tenant_id == event.tenant_id and each.causes(change, event.received_at)
        ),
        None,
    )
