"""The cards of destinations: the list, and one destination with its rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.cards.done import confirm_dialog
from bot.text.format import listed, plural
from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, Text, Widget, press


@dataclass(frozen=True, slots=True)
class DestinationFacts:
    """One destination, in the words shown to people.

    `kind`: "Google Chat space"; `rules` are the names of those that post there; `paused` is the reason why
    it gets no cards now, empty while it is active.
    """

    id: str
    name: str
    kind: str
    rules: Sequence[str] = ()
    paused: str = ""
    last: str = ""


def destinations_card(
    places: Sequence[DestinationFacts],
    *,
    page: int = 1,
    pages: int = 1,
    total: int = 0,
    may_edit: bool = True,
) -> Message:
    """Return a page of destinations, with buttons to the other pages."""
    count = plural(total, "destination")
    rows: list[Widget] = [_row(place) for place in places]
    if not rows:
        rows.append(Text("Rules have nowhere to post yet. Link this space, or add an incoming webhook."))
    subtitle = f"{count}, page {page:,} of {pages:,}" if pages > 1 else count
    footer = [Button("Add", press("space.add", dialog=True), primary=True)] if may_edit else []
    card = Card("Where rules post", subtitle, [Section(rows), *_turns(page, pages)], footer, card_id="spaces")
    return Message(card, fallback_text=f"Where rules post: {count}")


def _row(place: DestinationFacts) -> Fact:
    icon = Icon("pause_circle", "Paused") if place.paused else Icon("forum", "Listens")
    below = " · ".join(filter(None, (place.kind, plural(len(place.rules), "rule"), place.paused)))
    return Fact(place.name, icon=icon, below=below, end=Button("Open", press("space.show", place=place.id)))


def _turns(page: int, pages: int) -> list[Section]:
    back = [Button("Previous", press("space.list", page=page - 1))] if page > 1 else []
    on = [Button("Next", press("space.list", page=page + 1))] if page < pages else []
    return [Section([Buttons(*back, *on)])] if back or on else []


def destination_card(place: DestinationFacts, *, may_edit: bool = True) -> Message:
    """Return one destination: whether it is active, which rules post there, what can be done."""
    state = f"Paused: {place.paused}" if place.paused else "Listens"
    facts = [
        ("Kind", place.kind, "category"),
        ("Rules", listed(list(place.rules)) or "none yet", "rule"),
        ("Last card", place.last, "history"),
    ]
    rows: list[Widget] = [Fact(text, label, Icon(icon, label)) for label, text, icon in facts if text]
    doors = [Button("All", press("space.list"))]
    if may_edit:
        flip = ("Resume", "space.resume") if place.paused else ("Pause", "space.pause")
        doors = [
            Button("Test", press("space.test", place=place.id), primary=True),
            Button(flip[0], press(flip[1], place=place.id)),
            Button("Remove", press("space.remove", dialog=True, place=place.id)),
            *doors,
        ]
    card = Card(place.name, state, [Section(rows), Section([Buttons(*doors)])], card_id="space")
    return Message(card, fallback_text=f"{place.name}: {state}")


def remove_dialog(destination_id: int, name: str, rules: list[str]) -> Card:
    """Return the dialog before a destination is removed; it names the rules that lose it."""
    loses = f"These rules lose it: {listed(rules, most=10)}." if rules else "No rule posts there."
    yes = press("space.drop", place=destination_id)
    return confirm_dialog(
        "Remove this destination?", f"{name} hears nothing any more. {loses}", yes="Remove", press=yes
    )
