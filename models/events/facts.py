"""What an event is about, in columns: found by its object, counted and summed without parsing its body."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.filters.values import number
from models.pipedrive.types import main_type

LONGEST_KEY: Final = 80
LONGEST_ID: Final = 64
_LONGEST_CURRENCY: Final = 10
_MOST: Final = 1e15  # no amount of anybody; a sum with it would tell nothing


@dataclass(frozen=True, slots=True)
class EventFacts:
    """The facts of one event, as in the columns of `events`.

    `amount` is the value of a deal or lead in `currency`, None where there is none.
    """

    object_key: str | None = None
    kind: str = ""
    amount: float | None = None
    currency: str | None = None
    who_id: str | None = None
    is_bulk: bool = False


NO_FACTS: Final = EventFacts()


def object_key(entity: str, object_id: str) -> str:
    """Return the key of an object, `deal:42`."""
    return f"{entity}:{object_id}"[:LONGEST_KEY]


def facts_of(change: Change) -> EventFacts:
    """Return the facts of a change."""
    has_money = "value" in ENTITIES[change.entity].fields
    amount = number(change.state.get("value")) if has_money else None
    currency = change.state.get("currency")
    return EventFacts(
        object_key(change.entity, change.object_id),
        main_type(change.types),
        float(amount) if amount is not None and abs(amount) < _MOST else None,
        currency[:_LONGEST_CURRENCY].replace("\0", "") if isinstance(currency, str) else None,
        change.who_id[:LONGEST_ID] if change.who_id else None,
        change.is_bulk,
    )
