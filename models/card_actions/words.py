"""What people did on cards, in words: for the cards, and for messages to the person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from models.pipedrive.name_refs import id_key
from models.pipedrive.names import Names

LETTERS: Final = 200
_DEEDS: Final[Mapping[str, tuple[str, str]]] = {
    "deal.claim": ("claims it", "claimed it"),
    "lead.claim": ("claims it", "claimed it"),
    "deal.assign": ("gives it to {owner}", "gave it to {owner}"),
    "deal.move": ("moves it to {stage}", "moved it to {stage}"),
    "deal.won": ("marks it as won", "marked it as won"),
    "deal.lost": ("marks it as lost{reason}", "marked it as lost{reason}"),
    "deal.note": ("adds a note", "added a note"),
    "deal.activity": ("plans “{subject}”", "planned “{subject}”"),
    "activity.done": ("marks it as done", "marked it as done"),
}
_PRESSES: Final[Mapping[str, str]] = {
    "deal.claim": "Your claim on {title}",
    "lead.claim": "Your claim on {title}",
    "deal.assign": "Giving {title} to {owner}",
    "deal.move": "Moving {title} to {stage}",
    "deal.won": "“Won” for {title}",
    "deal.lost": "“Lost” for {title}",
    "deal.note": "Your note on {title}",
    "deal.activity": "Your activity “{subject}” for {title}",
    "activity.done": "“Done” for {title}",
}
_STATUSES: Final = {"won": "It is won now.", "lost": "It is lost now.", "open": "It is open now."}


def deed(do: str, fields: Mapping[str, Any], names: Names, *, is_open: bool = False) -> str:
    """Return what somebody did (`moved it to Negotiation`), or is about to do (`moves it to Negotiation`)."""
    present, past = _DEEDS[do]
    reason = str(fields.get("lost_reason") or "")
    return (present if is_open else past).format(
        owner=names.text("user", id_key(fields.get("owner_id"))) or "somebody else",
        stage=names.text("stage", id_key(fields.get("stage_id"))) or "another stage",
        reason=f": {reason[:LETTERS]}" if reason else "",
        subject=str(fields.get("subject") or "")[:LETTERS],
    )


def press_of(do: str, fields: Mapping[str, Any], names: Names, title: str) -> str:
    """Return what somebody pressed, for a sentence that says what becomes of it: `Your note on Acme`."""
    return _PRESSES[do].format(
        title=title or "the card",
        owner=names.text("user", id_key(fields.get("owner_id"))) or "somebody else",
        stage=names.text("stage", id_key(fields.get("stage_id"))) or "another stage",
        subject=str(fields.get("subject") or "")[:LETTERS],
    )


def holds(slot: str, value: Any, names: Names) -> str:
    """Return what holds now in a sentence, like `Ben Okafor owns it now`, with its full stop."""
    if slot == "owner_id":
        owner = names.text("user", id_key(value))
        return (
            f"{owner} owns it now."
            if owner
            else "Somebody else owns it now."
            if value
            else "Nobody owns it now."
        )
    if slot == "stage_id":
        stage = names.text("stage", id_key(value))
        return f"It is in {stage} now." if stage else "It is in another stage now."
    if slot == "done":
        return "It is done now." if value else "It is not done now."
    return _STATUSES.get(str(value), "It was changed in Pipedrive.")


def name_pairs(fields: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Return the (kind, key) pairs of the names that the words about these fields need."""
    pairs = (("user", id_key(fields.get("owner_id"))), ("stage", id_key(fields.get("stage_id"))))
    return {(kind, key) for kind, key in pairs if key}
