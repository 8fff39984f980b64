"""Event types and operators in words, for forms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.text.format import listed
from models.languages.translate import in_sentence, tr, tr_in
from models.pipedrive.entity import ENTITIES
from models.pipedrive.filters.change_operators import CHANGE_OPERATORS
from models.pipedrive.filters.conditions import ALL_OPERATORS
from models.pipedrive.filters.operators import OPERATORS
from models.pipedrive.types import EVENT_TYPES, WILDCARDS

ANYTHING: Final = "*"
NO_VALUE: Final = ("is_empty", "is_not_empty", "changed", "increased", "decreased")
SEVERAL_VALUES: Final = ("in", "not_in", "has_any", "has_all", "has_none")


def event_type_text(event_type: str) -> str:
    """Return an event type in words: `Deal won`, `Any change of a lead`."""
    entity, _, verb = event_type.partition(".")
    label = tr(ENTITIES[entity].label) if entity in ENTITIES else entity
    if event_type == ANYTHING:
        return tr("Anything that happens")
    if verb == "*":
        return tr(
            "Any change: {what}", what=in_sentence(ENTITIES[entity].label if entity in ENTITIES else entity)
        )
    return tr("{what} {event}", what=label, event=tr_in("event", verb.replace("_", " ")))


def event_types_text(event_types: Sequence[str]) -> str:
    return listed([event_type_text(each) for each in event_types])


def choices_of_types() -> list[tuple[str, str]]:
    """Return the event types with their words, in display order."""
    return [(each, event_type_text(each)) for each in (*EVENT_TYPES, *WILDCARDS)]


def operator_text(op: str) -> str:
    known = OPERATORS.get(op) or CHANGE_OPERATORS.get(op)
    return tr(known.words).replace("{}", tr("so many")) if known else tr(op.replace("_", " "))


def choices_of_operators() -> list[tuple[str, str]]:
    return [(op, operator_text(op)) for op in ALL_OPERATORS]
