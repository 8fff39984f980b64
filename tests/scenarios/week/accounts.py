"""What became of every event, read from the record and from Chat."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import orjson
from sqlalchemy import select
from sqlalchemy.orm import joinedload

from models.attention.gathered import GATHERED
from models.card_actions.echoes import SHOWN_ALREADY
from models.connections.visibility import NOT_PERMITTED
from models.deliveries.reasons import ON_ANOTHER_CARD
from models.tables import Delivery, Event
from models.tables.deliveries import DeliveryState
from tests.scenarios.week.script import PLACES, PRAGUE
from tests.scenarios.week.world import World
from web.playground.chat.store import StoredMessage

BY_ADDRESS: Final = {name: place for place, name in PLACES.items()}
_SKIPPED: Final = (
    (ON_ANOTHER_CARD, "joined"),
    (SHOWN_ALREADY, "shown"),
    ("muted by", "muted"),
    ("the destination is paused", "paused"),
    (NOT_PERMITTED, "not shown"),
    ("people may see it", "not shown"),
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A delivery: of which event (the title and the type), by which rule, where to, and how it ended."""

    title: str
    event_type: str
    rule: str
    place: str
    end: str
    delivery: Delivery
    message: StoredMessage | None

    @property
    def key(self) -> tuple[str, str, str]:
        return self.title, self.event_type, self.place


def entries(world: World) -> list[Entry]:
    """Every delivery of both tenants, in the order in which they were created."""
    from_chat = {each.name: each for each in world.play.chat.store.messages()}
    with world.product.engine.database.reading_all() as session:
        whole = (joinedload(Delivery.rule), joinedload(Delivery.event))
        rows = session.scalars(select(Delivery).options(*whole).order_by(Delivery.id)).all()
        return [_entry(row, from_chat) for row in rows]


def _entry(row: Delivery, from_chat: dict[str, StoredMessage]) -> Entry:
    place = _place(row.destination_name)
    rule = row.rule.name if row.rule else ""
    message = from_chat.get(row.message_name or "")
    return Entry(_title(row.event), row.event_type, rule, place, _end(row), row, message)


def _place(name: str) -> str:
    return BY_ADDRESS.get(name, name.partition("@")[0])


def _title(event: Event | None) -> str:
    if event is None or event.raw is None:
        return ""
    data: dict[str, Any] = orjson.loads(event.raw)["data"]
    return str(data.get("title") or data.get("subject"))


def _end(row: Delivery) -> str:
    if row.state == DeliveryState.DELIVERED:
        return "sent"
    if row.state == DeliveryState.DIGESTED:
        return "digest"
    if row.state == DeliveryState.SKIPPED:
        return next((end for words, end in _SKIPPED if words in row.reason), f"skipped: {row.reason}")
    return f"{row.state}: {row.reason}"


def summaries(found: Sequence[Entry]) -> dict[str, list[tuple[datetime, int]]]:
    """When each place got a card of what was gathered, and how many events it counts."""
    told: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for each in found:
        row = each.delivery
        if row.event_type == GATHERED and row.notice and row.finished_at:
            told[each.place].append((row.finished_at, len(row.notice["lines"]) + int(row.notice["more"])))
    return told


def gathered(found: Sequence[Entry]) -> dict[str, list[int]]:
    """For each place, how many events were gathered for each card that is to tell of them."""
    events: dict[tuple[str, str], set[int | None]] = defaultdict(set)
    for each in found:
        if each.delivery.gathered_for:
            events[each.place, each.delivery.gathered_for].add(each.delivery.event_id)
    counts: dict[str, list[int]] = defaultdict(list)
    for (place, _), ids in events.items():
        counts[place].append(len(ids))
    return counts


def at_text(at: datetime) -> str:
    """A moment as the table writes it: Prague's time, without seconds."""
    return at.astimezone(PRAGUE).strftime("%a %d %H:%M")
