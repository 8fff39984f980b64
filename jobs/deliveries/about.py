"""What a message is about, for the channels that show no cards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from jobs.channels import About
from jobs.deliveries.message import OutgoingMessage
from models.tables.destinations import EMAIL, OUTGOING_WEBHOOK

WITHOUT_CARDS: Final = (EMAIL, OUTGOING_WEBHOOK)
BURST: Final = "burst"  # the type of a message that folds several events
TEST: Final = "test"
MOST_EVENTS: Final = 1_000


def about(message: OutgoingMessage) -> About:
    """Return what a message is about; for a channel that shows its card, nothing."""
    head = message.head
    if head.kind not in WITHOUT_CARDS:
        return About()
    event_type = TEST if head.is_test else BURST if message.count > 1 else head.event_type
    return About(
        event_type=event_type,
        rule=head.rule_name,
        uid=str(head.uid),
        lane=head.lane,
        thread=head.thread_key or "",
        language=message.language,
        made_at=head.created_at,
        is_test=head.is_test,
        redacted_because=head.redacted_because,
        count=message.count,
        events=list(_events(message)),
    )


def _events(message: OutgoingMessage) -> Iterator[Mapping[str, Any]]:
    """Return the events of a message; of those that a summary only counts, no object is known."""
    shown = {}
    for delivery, change in zip(message.coalesced, message.changes, strict=False):
        if change is not None:
            fact = {"type": delivery.event_type, "rule": delivery.rule_name}
            shown[delivery.id] = fact | {"entity": change.entity, "id": change.object_id}
    yield from shown.values()
    for folded in message.folded[:MOST_EVENTS]:
        if folded.delivery_id not in shown:
            yield {"type": folded.kind, "rule": folded.rule_name, "entity": folded.kind.partition(".")[0]}
