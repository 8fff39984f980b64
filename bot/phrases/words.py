"""The words of `when <phrase>`: what happens to what, comparisons, places.

What other languages say for them is in their files (`models/languages`), with the context `phrase`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from models.languages.catalog import BETWEEN_WORDS, LANGUAGES
from models.pipedrive.readable import fold_name

Words = tuple[str, ...]
LONGEST: Final = 5  # words of one entry
PHRASE: Final = "phrase"  # the context in the files of languages


SOURCES: Final[list[str]] = []  # every text of words here, to be translated


def _split(table: Mapping[str, str]) -> dict[Words, str]:
    """Turn `{"moved back, goes back": "x"}` into `{("moved", "back"): "x", ("goes", "back"): "x"}`.

    Words of other languages for the same are added; English ones keep their meaning.
    """
    english = {tuple(one.split()): meaning for many, meaning in table.items() for one in many.split(", ")}
    others = {one: meaning for many, meaning in table.items() for one in _in_other_languages(many)}
    return others | english


def _words(many: str) -> frozenset[str]:
    """Return single words, with those of other languages for the same."""
    return frozenset(many.split(", ")) | {" ".join(one) for one in _in_other_languages(many)}


def _in_other_languages(many: str) -> list[Words]:
    SOURCES.append(many)
    found = (language.texts.pgettext(PHRASE, many) for language in LANGUAGES.values())
    return [
        tuple(fold_name(one).split()) for form in found if form != many for one in form.split(BETWEEN_WORDS)
    ]


ENTITIES: Final = _split(
    {
        "deal, deals, opportunity, opportunities": "deal",
        "lead, leads": "lead",
        "person, persons, people, contact, contacts": "person",
        "organization, organizations, organisation, organisations, company, companies": "organization",
        "activity, activities": "activity",
        "call, calls": "activity:call",
        "meeting, meetings": "activity:meeting",
        "task, tasks": "activity:task",
        "note, notes": "note",
        "product, products": "product",
        "project, projects": "project",
    }
)
ANYTHING: Final = "*"
VERBS: Final = _split(
    {
        "won, wins, win, closed won, closed as won": "won",
        "lost, loses, lose, closed lost, closed as lost": "lost",
        "reopened, reopens, opened again": "reopened",
        "created, added, new, made, comes in, arrives, appears": "created",
        "deleted, removed": "deleted",
        "merged": "merged",
        "moved back, moves back, goes back": "stage_regressed",
        "moved, moves, move, changes stage, changed stage, changes its stage, enters, reaches, goes": (
            "stage_changed"
        ),
        "changes value, value changes, value changed, changes its value": "value_changed",
        "value of a deal changes, value of the deal changes": "value_changed",
        "changes owner, owner changes, owner changed, gets another owner, changes hands, reassigned": (
            "owner_changed"
        ),
        "assigned": "assigned",
        "converted, becomes a deal": "converted",
        "done, completed, finished": "done",
        "overdue": "overdue",
        "stalled, stands still, stalls, rots, is stuck": "stalled",
        "changed, changes, updated, edited, modified": "updated",
        "anything happens, something happens, any change, whatever happens": ANYTHING,
    }
)
SAME: Final = {("deal", "assigned"): "owner_changed", ("lead", "owner_changed"): "assigned"}
COMPARISONS: Final = _split(
    {
        "over, above, more than, bigger than, larger than, greater than, higher than, exceeding, >": (
            "more_than"
        ),
        "at least, from, not less than, minimum, starting at, >=": "at_least",
        "under, below, less than, smaller than, lower than, <": "less_than",
        "at most, up to, not more than, maximum, <=": "at_most",
        "between": "between",
        "worth, of, is worth, valued at": "at_least",
    }
)
EQUALS: Final = _split({"contains, has in it, includes": "contains", "is not": "is_not", "is, are, =": "is"})
POSTING: Final = _words("post, send, tell, notify, show, message, ping, alert, let, put, inform")
POSTED: Final = _words("it, them, that, a, the, card, message, know, to, in, into, please, space")
HERE: Final = _split({"here, this space, this room, us": "here"})
ME: Final = _words("me, myself, i, mine, my")
OWNED: Final = _split({"owned by, owner is, by, belonging to, of, from": "owner"})
SAYS_PERSON: Final = _words("owned, by, owner, belonging")
LABELLED: Final = _split({"labelled, labeled, tagged, with label, with the label, with tag": "label"})
CALLED: Final = _split({"called, named, titled, title contains, with the name": "title"})
FOR_COMPANY: Final = _split({"for, from, at, with, of": "organization"})
BECAUSE: Final = _split({"because of, for the reason, due to": "lost_reason"})
INSIDE: Final = _split({"in stage, in the stage, to stage, to the stage, into stage": "stage"}) | _split(
    {"in pipeline, in the pipeline": "pipeline", "in the, in, into the, into, to the, to": ""}
)
AND: Final = _words("and")
TO: Final = _words("and, to, -")
IS: Final = _words("is, of")
MINE: Final = _words("my, mine")
MYSELF: Final = _words("me, myself")
URGENT: Final = _words("urgent, urgently, important")
# Words without a meaning of their own here; a word that means something is looked for first.
FILLERS: Final = _words(
    "a, an, the, is, are, was, were, be, been, being, has, have, had, gets, get, got, when, "
    "whenever, if, once, as, soon, and, then, or, please, it, its, that, which, this, with, "
    "any, every, some, there, where, whose, who, stage, pipeline, value, worth, to, of, in, "
    "for, just, also, card, cards"
)
CURRENCIES: Final = {"euro": "EUR", "euros": "EUR", "dollar": "USD", "dollars": "USD", "pounds": "GBP"}


def match(words: Sequence[str], table: Mapping[Words, str]) -> tuple[str, int] | None:
    """Return the meaning of the longest entry with which the words begin, and its length."""
    for length in range(min(LONGEST, len(words)), 0, -1):
        if (found := table.get(tuple(words[:length]))) is not None:
            return found, length
    return None
