"""What a destination that refuses us for good leads to: it is paused, and the admins are told, once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from jobs.deliveries.results import Result
from models.deliveries import store as delivery_store
from models.deliveries.notices import Notice, notify_admins
from models.errors import DestinationGone
from models.tables.destinations import Destination, Space

WAY_ON: Final = {
    "chat_space": "Add Pipenotify to the space again",
    "chat_dm": "That person writes to Pipenotify first, in a direct message",
    "chat_webhook": "Make a new incoming webhook in the space and add it with /pipenotify space add",
}


@dataclass(frozen=True, slots=True)
class Closed:
    """A destination that was open until now, as its tenant's people call it, and what Chat answered."""

    tenant_id: int
    kind: str
    title: str
    said: str


def pause(session: Session, results: Sequence[Result]) -> list[Closed]:
    """Pause what answered that it is gone or closed; return those that were open until now."""
    closed = []
    for result in results:
        head = result.load.message.head
        if not isinstance(result.trouble, DestinationGone) or head.destination_id is None:
            continue
        said = str(result.trouble)
        if delivery_store.pause(session, head.tenant_id, head.destination_id, said):
            title = _title(session, head.tenant_id, head.destination_id)
            closed.append(Closed(head.tenant_id, str(head.kind), title, said))
    return closed


def notify_admins_of(session: Session, closed: Sequence[Closed]) -> None:
    """Owe each tenant's admins a notice, in the transaction that paused: a crash tells neither or both."""
    for each in closed:
        way_on = WAY_ON.get(each.kind, "Give Pipenotify leave to post there")
        words = (
            f"Chat answered: {each.said[:200]}. It is paused. {way_on}; then /pipenotify space resume lets"
            " cards go there again, and /pipenotify retry failed sends what was missed."
        )
        title = f"{each.title[:100]} does not let Pipenotify post any more"
        notify_admins(session, each.tenant_id, Notice(title, words))


def _title(session: Session, tenant_id: int, destination_id: int) -> str:
    of_space = and_(Space.tenant_id == Destination.tenant_id, Space.id == Destination.space_id)
    query = select(Destination.name, Space.title).join(Space, of_space, isouter=True)
    mine = (Destination.tenant_id == tenant_id, Destination.id == destination_id)
    name, title = session.execute(query.where(*mine)).one()
    return title or name
