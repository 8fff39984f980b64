"""The cards about restricted objects: what it means to show them, and which rules hide them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.cards.done import confirm_dialog, done_card
from bot.text.format import cut_bytes, listed, plural
from bot.widgets import Button, Card, Fact, Message, Section, Text, Widget, press
from models.languages.translate import marked, tr, tr_plural, tr_stored, whole

MOST_RULES: Final = 20
MEANING: Final = marked(
    "Everybody who is there then reads names, values and people of deals, leads and contacts"
    " that only some of you may see in Pipedrive, guests from outside too. Cards that were"
    " sent stay as they are."
)
BACK: Final = marked("It can be taken back at any time, on the card of the rule.")
NONE_LEFT: Final = marked("All your rules show it already.")


@dataclass(frozen=True, slots=True)
class HidingRule:
    """A rule in the words shown to people; `to` are the names of the places where it posts."""

    id: str
    name: str
    to: str


def confirm_one(rule: HidingRule, share: str) -> Card:
    """Return the dialog before one rule shows restricted objects."""
    posts = tr("The rule “{name}” posts to {places}.", name=rule.name, places=rule.to)
    what = " ".join([posts, *_share(share), tr(MEANING), tr(BACK)])
    yes = press("restricted.open", rule=rule.id)
    return confirm_dialog(tr("Show what only some may see?"), what, yes=tr("Show it"), press=yes)


def confirm_all(count: int, places: Sequence[str], share: str) -> Card:
    """Return the dialog before all rules show restricted objects."""
    where = listed(list(places), most=10)
    shows = tr_plural(
        "{count} rule will show it, in {places}.",
        "{count} rules will show it, in {places}.",
        count,
        places=where,
    )
    what = " ".join([shows, *_share(share), tr(MEANING), tr(BACK)])
    yes = tr_plural("Show it in {count} rule", "Show it in {count} rules", count)
    title, opening = tr("Show what only some may see?"), press("restricted.open")
    return confirm_dialog(title, what, yes=yes, press=opening)


def _share(share: str) -> list[str]:
    return [tr("This concerns {share}.", share=tr_stored(share))] if share else []


def opened_card(names: Sequence[str], undo: Button) -> Message:
    """Return the answer once rules show restricted objects."""
    what = tr_plural(
        "{count} rule will show it from now on", "{count} rules will show it from now on", len(names)
    )
    detail = tr("{names}. Their authors are told.", names=listed([f"“{name}”" for name in names], most=10))
    return done_card(what, detail, buttons=[undo, Button(tr("Rules"), press("rule.list"))])


def closed_card(names: Sequence[str]) -> Message:
    """Return the answer once that was taken back."""
    what = tr("Cards say again only that something happened")
    rules = [Button(tr("Rules"), press("rule.list"))]
    return done_card(what, listed([f"“{name}”" for name in names], most=10), buttons=rules)


def hiding_card(rules: Sequence[HidingRule], share: str) -> Message:
    """Return the rules that hide restricted objects, each with its button, and one for all."""
    shown = rules[:MOST_RULES]
    rows: list[Widget] = [
        Fact(
            cut_bytes(rule.name, 80),
            tr("Posts to {places}", places=rule.to),
            end=_button(tr("Show"), rule=rule.id),
        )
        for rule in shown
    ]
    if len(rules) > len(shown):
        rows.append(
            Text(tr("and {count} more, on the cards of those rules", count=whole(len(rules) - len(shown))))
        )
    if not rules:
        rows.append(Text(tr(NONE_LEFT)))
    footer = [_button(tr("Show in all rules"), primary=True)] if rules else []
    meaning = tr("Cards in spaces say only that something happened, unless a rule shows more.")
    head = " ".join([*_share(share), meaning])
    title = tr("Rules that hide what only some may see")
    sections = [Section([Text(head)]), Section(rows)]
    return Message(Card(title, plural(len(rules), "rule"), sections, footer), fallback_text=title)


def _button(text: str, *, primary: bool = False, **parameters: str) -> Button:
    return Button(text, press("restricted.ask", dialog=True, **parameters), primary=primary)
