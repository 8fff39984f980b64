"""The card of one object of Pipedrive in its present state, and the list of deals that fit some words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.cards.stalled import idle_text
from bot.text.changes import title_of, value_of
from bot.widgets import Button, Buttons, Card, Fact, Link, Message, Section, Text, Widget, press
from models.languages.translate import tr, tr_plural
from models.pipedrive.change import Change
from models.pipedrive.entity import ENTITIES
from models.pipedrive.names import Names

_SHOWN: Final = {
    "deal": (
        "stage",
        "pipeline",
        "owner",
        "organization",
        "person",
        "expected_close_date",
        "label",
        "lost_reason",
    ),
    "lead": ("owner", "organization", "person", "label", "source_name", "expected_close_date"),
    "person": ("organization", "emails", "phones", "owner", "label"),
    "organization": ("address", "website", "industry", "owner", "label"),
}


@dataclass(frozen=True, slots=True)
class FoundDeal:
    """One of several deals that fit: what tells it from the others."""

    id: str
    title: str
    context: str


def object_card(
    change: Change,
    names: Names,
    *,
    days: int | None,
    next_activity: str,
    changed: str,
    buttons: Sequence[Button],
) -> Message:
    """Return the card. `days` without change, None for what is closed; `changed`: when it last was."""
    title, entity = title_of(change, names), ENTITIES[change.entity]
    parts = [value_of(change, names, key) for key in ("value", "status") if key in entity.fields]
    subtitle = " · ".join(filter(None, [tr(entity.label), *parts]))
    texts = ((tr(entity.fields[key].label), value_of(change, names, key)) for key in _SHOWN[change.entity])
    rows: list[Widget] = [Fact(text, label) for label, text in texts if text]
    rows += [Fact(next_activity, tr("Next activity"))] if next_activity else []
    rows.append(
        Text(
            tr("{idle}, since {changed}", idle=idle_text(days), changed=changed)
            if days
            else tr("Last change: {changed}", changed=changed)
        )
    )
    rows += [Buttons(*buttons)] if buttons else []
    card = Card(title, subtitle, [Section(rows)], card_id=f"{change.entity}-now")
    return Message(card, fallback_text=f"{title}: {subtitle}")


def object_buttons(link: str, *, remind_of: str = "") -> list[Button]:
    """Return what can be done with an object: open it, and be reminded of it (of this deal) alone."""
    buttons = [Button(tr("Open in Pipedrive"), Link(link), primary=True)] if link else []
    if remind_of:
        buttons.append(Button(tr("Remind me"), press("reminder.new", dialog=True, deal=remind_of)))
    return buttons


def deals_card(found: Sequence[FoundDeal], total: int) -> Message:
    """Return the deals that fit, each with a button that shows it."""
    rows: list[Widget] = [
        Fact(each.title, below=each.context, end=Button(tr("Show"), press("deal.show", deal=each.id)))
        for each in found
    ]
    if total > len(found):
        rows.append(
            Text(tr("There are more. Say another word of the title, the organization or the person."))
        )
    title = tr_plural("{count} deal fit", "{count} deals fit", total)
    return Message(Card(title, "", [Section(rows)], card_id="deals"), fallback_text=title)
