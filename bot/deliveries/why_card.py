"""The card that explains an event: what became of it, rule by rule and condition by condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.text.format import plural
from bot.widgets import Button, Buttons, Card, Fact, Icon, Link, Message, Section, Text, Widget, press
from models.languages.translate import marked, tr

_ICONS: Final = {
    "sent": ("check_circle", marked("Sent a card")),
    "waits": ("schedule", marked("Its card waits")),
    "stopped": ("block", marked("Its card was not sent")),
    "fits": ("update", marked("Would send a card now")),
    "unsure": ("help", marked("Cannot be decided")),
    "no": ("cancel", marked("Sent no card")),
    "off": ("toggle_off", marked("Switched off")),
}


@dataclass(frozen=True, slots=True)
class RuleRow:
    """One rule as text. `icon` is a key of `_ICONS`, `rule` its number, empty where it cannot be opened."""

    name: str
    icon: str
    verdict: str
    lines: tuple[str, ...] = ()
    rule: str = ""


@dataclass(frozen=True, slots=True)
class WhyView:
    """What the card shows: a page of rules, and where its buttons lead.

    `what`: "Globex renewal: Deal won, €12,000"; `summary` says in one or two sentences what decided; `notes`
    are further sentences. `event` is the number of the event; `earlier` and `later` those of its neighbours.
    """

    title: str
    what: str
    when: str
    summary: str
    event: int
    rows: Sequence[RuleRow] = ()
    notes: Sequence[str] = ()
    page: int = 1
    more: bool = False
    earlier: int | None = None
    later: int | None = None
    link: str = ""


@dataclass(frozen=True, slots=True)
class FoundObject:
    """One object of several that fit: its newest event."""

    event: int
    what: str
    when: str


def why_card(view: WhyView) -> Message:
    """Return the explanation of one event."""
    sections = [Section([Fact(view.summary, below=view.what)])]
    sections += [Section(_rule_widgets(row)) for row in view.rows]
    if view.notes:
        sections.append(Section([Text("\n".join(view.notes))]))
    if buttons := _buttons(view):
        sections.append(Section([Buttons(*buttons)]))
    heading = tr("Why: {title}", title=view.title)
    return Message(Card(heading, view.when, sections, card_id="why"), f"{heading}. {view.summary}")


def _rule_widgets(row: RuleRow) -> list[Widget]:
    end = Button(tr("Open"), press("rule.show", rule=row.rule)) if row.rule else None
    icon_name, icon_text = _ICONS[row.icon]
    head = Fact(row.name, row.verdict, Icon(icon_name, tr(icon_text)), end=end)
    return [head, Text("\n".join(row.lines))] if row.lines else [head]


def _buttons(view: WhyView) -> list[Button]:
    pages = [
        (tr("Previous rules"), view.page - 1, view.page > 1),
        (tr("More rules"), view.page + 1, view.more),
    ]
    row = [Button(text, _show(view.event, page=page)) for text, page, there in pages if there]
    neighbours = ((tr("Earlier event"), view.earlier), (tr("Later event"), view.later))
    row += [Button(text, _show(event)) for text, event in neighbours if event is not None]
    if view.link:
        row.append(Button(tr("Open in Pipedrive"), Link(view.link)))
    return row


def _show(event: int, **more: Any) -> Any:
    return press("why.show", event=event, **more)


def choice_card(words: str, found: Sequence[FoundObject]) -> Message:
    """Return the objects that fit, each with a button that explains its newest event."""
    heading = tr("Which one is “{words}”?", words=words[:60]) if words else tr("Why which one?")
    rows: list[Widget] = [
        Fact(each.what, below=each.when, end=Button(tr("Why"), _show(each.event))) for each in found
    ]
    subtitle = (
        tr("Say more words of its title, or its number in Pipedrive") if words else tr("What happened last")
    )
    card = Card(heading, subtitle, [Section(rows)], card_id="why-which")
    return Message(card, f"{heading} {plural(len(rows), 'event')}")
