"""The card of a lead as it is now, the list of leads, and how a line of its history reads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from bot.text.field_values import readable_text
from bot.text.format import cut_letters
from bot.widgets import (
    Button,
    Buttons,
    Card,
    Fact,
    Icon,
    Menu,
    Message,
    Section,
    Text,
    Widget,
    notice_rows,
    press,
)
from models.languages.translate import marked, tr, tr_in, tr_plural
from models.leads.history import HistoryLine
from models.leads.weights import BAND_TEXTS
from models.pipedrive.deal_leads import DealEnd
from models.pipedrive.declaration import Markup
from models.pipedrive.name_refs import id_key
from models.pipedrive.names import Names
from models.tables.leads import LeadEvent

LETTERS: Final = 200
_BY_SOMEBODY: Final[Mapping[LeadEvent, str]] = {
    LeadEvent.CREATED: marked("{who} made it"),
    LeadEvent.CLAIMED: marked("{who} claimed it"),
    LeadEvent.ASSIGNED: marked("{who} gave it to {owner}"),
    LeadEvent.CONTACTED: marked("{who} contacted them"),
    LeadEvent.QUALIFIED: marked("{who} marked it as qualified"),
    LeadEvent.NOTE: marked("{who} added a note"),
    LeadEvent.FOLLOW_UP: marked("{who} planned “{subject}”"),
    LeadEvent.SNOOZED: marked("{who} put it off until {until}"),
    LeadEvent.CONVERTED: marked("{who} made a deal of it"),
    LeadEvent.LOST: marked("{who} archived it"),
    LeadEvent.EDITED: marked("{who} changed it"),
    LeadEvent.ACCEPTED: marked("{who} accepted it"),
    LeadEvent.DECLINED: marked("{who} declined it"),
}
_BY_ITSELF: Final[Mapping[LeadEvent, str]] = {
    LeadEvent.CREATED: marked("It came in"),
    LeadEvent.OWNER_CHANGED: marked("In Pipedrive it became {owner}'s"),
    LeadEvent.RETURNED: marked("It came back"),
    LeadEvent.CONVERTED: marked("It became a deal in Pipedrive"),
    LeadEvent.LOST: marked("It was archived or deleted in Pipedrive"),
    LeadEvent.REOPENED: marked("It was opened again"),
    LeadEvent.BAND_CHANGED: marked("Its score is {score} now: {band}"),
    LeadEvent.ROUTED: marked("It went to {owner}"),
    LeadEvent.ESCALATED: marked("Nobody took it in time, so it went on to {owner}"),
}


_OF_DEALS: Final[Mapping[DealEnd, tuple[str, str]]] = {
    DealEnd.WON: (marked("{who} marked it as won"), marked("It was won in Pipedrive")),
    DealEnd.MOVED: (marked("It moved to {pipeline}"), marked("It moved to {pipeline}")),
    DealEnd.LOST: (marked("{who} marked it as lost"), marked("It was lost in Pipedrive")),
    DealEnd.DELETED: (marked("It was deleted in Pipedrive"), marked("It was deleted in Pipedrive")),
}


@dataclass(frozen=True, slots=True)
class ShownLead:
    """What the card of a lead shows. Facts are (label, text); `contacts` is HTML with links.

    `reasons` say how the score came about, `history` what happened, both as lines.
    """

    id: str
    title: str
    subtitle: str
    contacts: str = ""
    facts: Sequence[tuple[str, str]] = ()
    reasons: Sequence[str] = ()
    activities: Sequence[tuple[str, str]] = ()
    history: Sequence[tuple[str, str]] = ()
    notice: str = ""


@dataclass(frozen=True, slots=True)
class LeadRow:
    """One lead of a list: what tells it from the others."""

    id: str
    title: str
    above: str
    below: str


def lead_card(view: ShownLead, buttons: Sequence[Button], more: Sequence[Button]) -> Message:
    """Return the card of a lead. `buttons` are visible, at most two; `more` are in the menu."""
    top = notice_rows(view.notice)
    top += [Text(view.contacts, html=True)] if view.contacts else []
    top += [Fact(text, label) for label, text in view.facts if text]
    sections = [Section(top)] if top else []
    if view.reasons:
        sections.append(Section([Text("\n".join(view.reasons))], tr("Why this score")))
    if view.activities:
        sections.append(Section([Fact(text, label) for label, text in view.activities], tr("Activities")))
    if view.history:
        sections.append(Section([Fact(text, label) for label, text in view.history], tr("What happened")))
    row = [*buttons]
    if more:
        row.append(Button("", Menu(list(more)), icon=Icon("more_vert", tr("More"))))
    if row:
        sections.append(Section([Buttons(*row)]))
    card = Card(view.title, view.subtitle, sections, card_id="lead-now")
    return Message(card, fallback_text=f"{view.title}: {view.subtitle}")


def leads_card(
    title: str, rows: Sequence[LeadRow], total: int, *, pages: Sequence[Button], empty: str, hint: str = ""
) -> Message:
    """Return a page of leads, each with a button that shows it; `empty` says what to do where none fits."""
    widgets: list[Widget] = [
        Fact(each.title, each.above, below=each.below, end=_show_button(each)) for each in rows
    ]
    widgets = widgets or [Text(empty)]
    widgets += [Text(hint)] if hint else []
    sections = [Section(widgets)]
    if pages:
        sections.append(Section([Buttons(*pages)]))
    count = tr_plural("{count} lead", "{count} leads", total)
    return Message(Card(title, count, sections, card_id="leads"), fallback_text=f"{title}: {count}")


def _show_button(row: LeadRow) -> Button:
    return Button(tr_in("button", "Show"), press("lead.show", lead=row.id))


def history_text(line: HistoryLine, names: Names, until: Callable[[str], str]) -> str:
    """Return a line of the history: `Ada gave it to Ben`; `until` writes a stored moment."""
    details = line.details
    owner = names.text("user", id_key(details.get("owner_id"))) or tr("somebody else")
    band = str(details.get("band") or "")
    phrase = tr(
        _text_of(line),
        who=line.who or tr("Somebody"),
        owner=owner,
        pipeline=names.text("pipeline", id_key(details.get("pipeline_id"))) or tr("another pipeline"),
        subject=cut_letters(str(details.get("subject") or ""), LETTERS),
        until=until(str(details.get("until") or "")),
        score=details.get("score", ""),
        band=tr_in("lead", BAND_TEXTS[band]) if band in BAND_TEXTS else band,
    )
    return ": ".join(filter(None, (phrase, _words_of(details))))


def _text_of(line: HistoryLine) -> str:
    if (how := line.details.get("how")) is not None:
        by_somebody, by_itself = _OF_DEALS[DealEnd(how)]
        return by_somebody if line.who else by_itself
    text = _BY_SOMEBODY.get(line.what) if line.who else None
    return text or _BY_ITSELF.get(line.what) or _BY_SOMEBODY[line.what]


def _words_of(details: Mapping[str, Any]) -> str:
    words = str(details.get("content") or details.get("reason") or "")
    return cut_letters(readable_text(words, Markup.HTML), LETTERS)
