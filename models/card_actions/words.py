"""What people did on cards, in words: for the cards, and for messages to the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from models.card_actions.records import (
    ACTIVITY,
    ACTIVITY_CHANGE,
    NEW_ORGANIZATION,
    NOTE,
    NOTE_CHANGE,
    verb_of,
)
from models.languages.translate import marked, tr
from models.pipedrive.name_refs import id_key
from models.pipedrive.names import Names

LETTERS: Final = 200
# By action; what records of every kind take, by the verb alone.
_DEEDS: Final[Mapping[str, tuple[str, str]]] = {
    "deal.claim": (marked("claims it"), marked("claimed it")),
    "lead.claim": (marked("claims it"), marked("claimed it")),
    "deal.assign": (marked("gives it to {owner}"), marked("gave it to {owner}")),
    "deal.move": (marked("moves it to {stage}"), marked("moved it to {stage}")),
    "deal.won": (marked("marks it as won"), marked("marked it as won")),
    "deal.lost": (marked("marks it as lost{reason}"), marked("marked it as lost{reason}")),
    NOTE: (marked("adds a note"), marked("added a note")),
    NOTE_CHANGE: (marked("changes their note"), marked("changed their note")),
    ACTIVITY: (marked("plans “{subject}”"), marked("planned “{subject}”")),
    ACTIVITY_CHANGE: (marked("plans “{subject}” instead"), marked("planned “{subject}” instead")),
    "deal.fields": (marked("fills in what was missing"), marked("filled in what was missing")),
    "activity.done": (marked("marks it as done"), marked("marked it as done")),
    "lead.assign": (marked("gives it to {owner}"), marked("gave it to {owner}")),
    "route": (marked("gives it to {owner}"), marked("gave it to {owner}")),
    "contacted": (marked("notes the contact"), marked("contacted them")),
    "qualified": (marked("marks it as qualified"), marked("marked it as qualified")),
    "lead.lost": (marked("archives it"), marked("archived it")),
    "snooze": (marked("puts it off"), marked("put it off")),
    "lead.convert": (marked("makes a deal of it"), marked("made a deal of it")),
    "edit": (marked("changes it"), marked("changed it")),
    "lead.create": (marked("makes it"), marked("made it")),
    NEW_ORGANIZATION: (marked("makes it"), marked("made it")),
}
_PRESSES: Final[Mapping[str, str]] = {
    "deal.claim": marked("Your claim on {title}"),
    "lead.claim": marked("Your claim on {title}"),
    "deal.assign": marked("Giving {title} to {owner}"),
    "deal.move": marked("Moving {title} to {stage}"),
    "deal.won": marked("“Won” for {title}"),
    "deal.lost": marked("“Lost” for {title}"),
    NOTE: marked("Your note on {title}"),
    NOTE_CHANGE: marked("Your change of a note on {title}"),
    ACTIVITY: marked("Your activity “{subject}” for {title}"),
    ACTIVITY_CHANGE: marked("Your change of the activity “{subject}” for {title}"),
    "deal.fields": marked("What you filled in for {title}"),
    "activity.done": marked("“Done” for {title}"),
    "lead.assign": marked("Giving {title} to {owner}"),
    "route": marked("Giving {title} to {owner}"),
    "contacted": marked("“Contacted” for {title}"),
    "qualified": marked("“Qualified” for {title}"),
    "lead.lost": marked("Archiving {title}"),
    "snooze": marked("“Not now” for {title}"),
    "lead.convert": marked("Making a deal of {title}"),
    "edit": marked("Your change of {title}"),
    "lead.create": marked("Your new lead {title}"),
    NEW_ORGANIZATION: marked("Your new organization {title}"),
}
_STATUSES: Final = {
    "won": marked("It is won now."),
    "lost": marked("It is lost now."),
    "open": marked("It is open now."),
}


def deed(do: str, fields: Mapping[str, Any], names: Names, *, is_open: bool = False) -> str:
    """Return what somebody did (`moved it to Negotiation`), or is about to do (`moves it to Negotiation`)."""
    present, past = _DEEDS.get(do) or _DEEDS[verb_of(do)]
    reason = str(fields.get("lost_reason") or "")
    return tr(
        present if is_open else past,
        owner=names.text("user", id_key(fields.get("owner_id"))) or tr("somebody else"),
        stage=names.text("stage", id_key(fields.get("stage_id"))) or tr("another stage"),
        reason=f": {reason[:LETTERS]}" if reason else "",
        subject=str(fields.get("subject") or "")[:LETTERS],
    )


def press_of(do: str, fields: Mapping[str, Any], names: Names, title: str) -> str:
    """Return what somebody pressed, for a sentence that says what becomes of it: `Your note on Acme`."""
    return tr(
        _PRESSES.get(do) or _PRESSES[verb_of(do)],
        title=title or tr("the card"),
        owner=names.text("user", id_key(fields.get("owner_id"))) or tr("somebody else"),
        stage=names.text("stage", id_key(fields.get("stage_id"))) or tr("another stage"),
        subject=str(fields.get("subject") or "")[:LETTERS],
    )


def holds(slot: str, value: Any, names: Names) -> str:
    """Return what holds now in a sentence, like `Ben Okafor owns it now`, with its full stop."""
    if slot == "owner_id":
        owner = names.text("user", id_key(value))
        if owner:
            return tr("{owner} owns it now.", owner=owner)
        return tr("Somebody else owns it now.") if value else tr("Nobody owns it now.")
    if slot == "stage_id":
        stage = names.text("stage", id_key(value))
        return tr("It is in {stage} now.", stage=stage) if stage else tr("It is in another stage now.")
    if slot == "is_archived":
        return tr("It is archived now.") if value else tr("It is not archived now.")
    if slot == "done":
        return tr("It is done now.") if value else tr("It is not done now.")
    return tr(_STATUSES.get(str(value), marked("It was changed in Pipedrive.")))


def name_pairs(fields: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return the (kind, key) pairs of the names that the words about these fields need."""
    pairs = (("user", id_key(fields.get("owner_id"))), ("stage", id_key(fields.get("stage_id"))))
    return {(kind, key) for kind, key in pairs if key}
