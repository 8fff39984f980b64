"""One sentence that says what a rule does, in the words of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from bot.rules.condition_words import condition_words
from bot.text.entities import with_article
from bot.text.event_types import ANYTHING
from bot.text.format import listed
from models.destinations.recipients import mention_text
from models.languages.translate import marked, tr
from models.pipedrive.names import Names
from models.rules.drafts import LOOKS, RuleDraft
from models.tables.rules import UpdateMode

_VERBS: Final = {
    "created": marked("is created"),
    "updated": marked("is changed"),
    "deleted": marked("is deleted"),
    "won": marked("is won"),
    "lost": marked("is lost"),
    "reopened": marked("is reopened"),
    "stage_changed": marked("moves to another stage"),
    "stage_regressed": marked("moves back to an earlier stage"),
    "value_changed": marked("changes its value"),
    "owner_changed": marked("gets another owner"),
    "assigned": marked("gets another owner"),
    "merged": marked("is merged"),
    "stalled": marked("has not changed for days"),
    "converted": marked("is converted"),
    "scored": marked("is scored"),
    "done": marked("is done"),
    "overdue": marked("is overdue"),
    "*": marked("changes in any way"),
}
_THREADS: Final = {"deal": marked(", in the thread of its deal"), "day": marked(", in the thread of its day")}
_CHANGES: Final = marked(", changing the last card of the same object")
_MOST_EVENTS: Final = 4


def rule_sentence(draft: RuleDraft, names: Names, places: Sequence[str]) -> str:
    """Return what a rule does; `places` are the titles of where it posts.

    Raises InvalidFilter for conditions that cannot be read.
    """
    condition = condition_words(draft.when, draft.on, names)
    only_if = tr(", and only if {condition}", condition=condition) if condition else ""
    look = draft.template
    named = (
        tr("a card by the template “{look}”", look=look)
        if isinstance(look, str)
        else tr("a card of its own template")
    )
    card = tr("a {look} card", look=tr(look)) if look in LOOKS else named
    where = listed(list(places)) or tr("nowhere yet")
    urgent = tr(", also in quiet hours that let urgent cards pass") if draft.urgent else ""
    thread = tr(_THREADS.get(draft.thread, ""))
    thread += tr(_CHANGES) if draft.update == UpdateMode.CARD else ""
    mention = tr(", and mentions {who}", who=who) if (who := mention_text(draft.mention)) else ""
    return tr(
        "{events}{only_if}, {card} goes to {places}{thread}{urgent}{mention}.",
        events=_events(draft.on),
        only_if=only_if,
        card=card,
        places=where,
        thread=thread,
        urgent=urgent,
        mention=mention,
    )


def _events(on: Sequence[str]) -> str:
    if ANYTHING in on:
        return tr("When anything happens")
    parts = [_event(each) for each in on[:_MOST_EVENTS]]
    if len(on) > _MOST_EVENTS:
        parts.append(tr("{count} other things happen", count=len(on) - _MOST_EVENTS))
    return tr("When {events}", events=f" {tr('or')} ".join(parts))


def _event(event_type: str) -> str:
    entity, _, verb = event_type.partition(".")
    happens = tr(_VERBS.get(verb, verb.replace("_", " ")))
    return tr("{something} {happens}", something=with_article(entity), happens=happens)
