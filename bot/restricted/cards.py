"""The cards about restricted objects: what it means to show them, and which rules hide them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.cards.done import confirm_dialog, done_card
from bot.text.format import cut_bytes, listed, plural
from bot.widgets import Button, Card, Fact, Message, Section, Text, Widget, press

MOST_RULES: Final = 20
MEANING: Final = (
    "Everybody who is there then reads names, values and people of deals, leads and contacts that only some"
    " of you may see in Pipedrive, guests from outside too. Cards that were sent stay as they are."
)
BACK: Final = "It can be taken back at any time, on the card of the rule."
NONE_LEFT: Final = "All your rules show it already."


@dataclass(frozen=True, slots=True)
class HidingRule:
    """A rule in the words shown to people; `to` are the names of the places where it posts."""

    id: str
    name: str
    to: str


def confirm_one(rule: HidingRule, share: str) -> Card:
    """Return the dialog before one rule shows restricted objects."""
    what = f"The rule “{rule.name}” posts to {rule.to}. {_share(share)}{MEANING} {BACK}"
    yes = press("restricted.open", rule=rule.id)
    return confirm_dialog("Show what only some may see?", what, yes="Show it", press=yes)


def confirm_all(count: int, places: Sequence[str], share: str) -> Card:
    """Return the dialog before all rules show restricted objects."""
    which = plural(count, "rule")
    what = f"{which} will show it, in {listed(list(places), most=10)}. {_share(share)}{MEANING} {BACK}"
    yes = press("restricted.open")
    return confirm_dialog("Show what only some may see?", what, yes=f"Show it in {which}", press=yes)


def _share(share: str) -> str:
    return f"This concerns {share}. " if share else ""


def opened_card(names: Sequence[str], undo: Button) -> Message:
    """Return the answer once rules show restricted objects."""
    what = f"{plural(len(names), 'rule')} will show it from now on"
    detail = f"{listed([f'“{name}”' for name in names], most=10)}. Their authors are told."
    return done_card(what, detail, buttons=[undo, Button("Rules", press("rule.list"))])


def closed_card(names: Sequence[str]) -> Message:
    """Return the answer once that was taken back."""
    what = "Cards say again only that something happened"
    rules = [Button("Rules", press("rule.list"))]
    return done_card(what, listed([f"“{name}”" for name in names], most=10), buttons=rules)


def hiding_card(rules: Sequence[HidingRule], share: str) -> Message:
    """Return the rules that hide restricted objects, each with its button, and one for all."""
    shown = rules[:MOST_RULES]
    rows: list[Widget] = [
        Fact(cut_bytes(rule.name, 80), f"Posts to {rule.to}", end=_button("Show", rule=rule.id))
        for rule in shown
    ]
    if len(rules) > len(shown):
        rows.append(Text(f"and {len(rules) - len(shown):,} more, on the cards of those rules"))
    if not rules:
        rows.append(Text(NONE_LEFT))
    footer = [_button("Show in all rules", primary=True)] if rules else []
    head = f"{_share(share)}Cards in spaces say only that something happened, unless a rule shows more."
    title = "Rules that hide what only some may see"
    sections = [Section([Text(head)]), Section(rows)]
    return Message(Card(title, plural(len(rules), "rule"), sections, footer), fallback_text=title)


def _button(text: str, *, primary: bool = False, **parameters: str) -> Button:
    return Button(text, press("restricted.ask", dialog=True, **parameters), primary=primary)
