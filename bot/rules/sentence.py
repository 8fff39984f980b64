"""One sentence that says what a rule does, in the words of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.rules.condition_words import condition_words
from bot.text.event_types import ANYTHING
from bot.text.format import listed
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import Names
from models.rules.drafts import LOOKS, RuleDraft
from models.tables.rules import Mention, UpdateMode

_VERBS: Final = {
    "created": "is created",
    "updated": "is changed",
    "deleted": "is deleted",
    "won": "is won",
    "lost": "is lost",
    "reopened": "is reopened",
    "stage_changed": "moves to another stage",
    "stage_regressed": "moves back to an earlier stage",
    "value_changed": "changes its value",
    "owner_changed": "gets another owner",
    "assigned": "gets another owner",
    "merged": "is merged",
    "stalled": "has not changed for days",
    "converted": "is converted",
    "scored": "is scored",
    "done": "is done",
    "overdue": "is overdue",
    "*": "changes in any way",
}
_THREADS: Final = {"deal": ", in the thread of its deal", "day": ", in the thread of its day"}
_CHANGES: Final = ", changing the last card of the same object"
_MOST_EVENTS: Final = 4


def rule_sentence(draft: RuleDraft, names: Names, places: Sequence[str]) -> str:
    """Return what a rule does; `places` are the titles of where it posts.

    Raises InvalidFilter for conditions that cannot be read.
    """
    condition = condition_words(draft.when, draft.on, names)
    only_if = f", and only if {condition}" if condition else ""
    look = draft.template
    named = f"a card by the template “{look}”" if isinstance(look, str) else "a card of its own template"
    card = f"a {look} card" if look in LOOKS else named
    where = listed(list(places)) or "nowhere yet"
    urgent = ", also in quiet hours that let urgent cards pass" if draft.urgent else ""
    thread = _THREADS.get(draft.thread, "")
    thread += _CHANGES if draft.update == UpdateMode.CARD else ""
    mention = ", and mentions the owner" if draft.mention == Mention.OWNER else ""
    return f"{_events(draft.on)}{only_if}, {card} goes to {where}{thread}{urgent}{mention}."


def _events(on: Sequence[str]) -> str:
    if ANYTHING in on:
        return "When anything happens"
    parts = [_event(each) for each in on[:_MOST_EVENTS]]
    if len(on) > _MOST_EVENTS:
        parts.append(f"{len(on) - _MOST_EVENTS} other things happen")
    return f"When {' or '.join(parts)}"


def _event(event_type: str) -> str:
    entity, _, verb = event_type.partition(".")
    label = ENTITIES[entity].label.lower() if entity in ENTITIES else entity
    article = "an" if label[:1] in "aeio" else "a"
    return f"{article} {label} {_VERBS.get(verb, verb.replace('_', ' '))}"
