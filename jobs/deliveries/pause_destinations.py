"""Pauses destinations that refuse us for good, and notifies the admins once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from jobs.deliveries.results import SendResult
from models.database.engine import Session
from models.deliveries import store as delivery_store
from models.deliveries.notices import Notice, notify_admins
from models.destinations.queries import destination_title
from models.errors import DestinationGone

HOW_TO_REOPEN: Final = {
    "chat_space": "Add Pipenotify to the space again",
    "chat_dm": "That person writes to Pipenotify first, in a direct message",
    "chat_webhook": "Make a new incoming webhook in the space and add it with /pipenotify space add",
}


@dataclass(frozen=True, slots=True)
class PausedDestination:
    """A destination that was active until now: its title as its users know it, and what Chat answered."""

    tenant_id: int
    kind: str
    title: str
    answer: str


def pause_gone(session: Session, results: Sequence[SendResult]) -> list[PausedDestination]:
    """Pause the destinations that answered that they are gone; return those that were active until now."""
    paused = []
    for result in results:
        head = result.message.head
        if not isinstance(result.error, DestinationGone) or head.destination_id is None:
            continue
        answer = str(result.error)
        if delivery_store.pause_destination(session, head.tenant_id, head.destination_id, answer):
            title = destination_title(session, head.tenant_id, head.destination_id)
            paused.append(PausedDestination(head.tenant_id, str(head.kind), title, answer))
    return paused


def notify_admins_of(session: Session, paused: Sequence[PausedDestination]) -> None:
    """Create a notice for each tenant's admins, in the transaction that paused: none is lost or doubled."""
    for each in paused:
        how_to = HOW_TO_REOPEN.get(each.kind, "Give Pipenotify leave to post there")
        text = (
            f"Chat answered: {each.answer[:200]}. It is paused. {how_to}; then /pipenotify space resume lets"
            " cards go there again, and /pipenotify retry failed sends what was missed."
        )
        title = f"{each.title[:100]} does not let Pipenotify post any more"
        notify_admins(session, each.tenant_id, Notice(title, text))
