"""The card of a morning: what is missing or late in somebody's deals, worst first, each mended from here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from bot.cards.event import object_link
from bot.text.changes import title_of, value_of
from bot.text.format import listed
from bot.text.nudges import line_text
from bot.widgets import Button, Buttons, Card, Fact, Icon, Link, Message, Section, Text, Widget, press
from models.languages.translate import marked, tr, tr_in, tr_plural, whole
from models.nudges.cards import NudgeView, ShownLine
from models.nudges.facts import Fix

MOST_SHOWN: Final = 8
_CONTEXT: Final = ("value", "stage", "organization")
_FIX_TEXTS: Final[Mapping[Fix, str]] = {
    Fix.CLOSE_DATE: marked("New date", "button"),
    Fix.ACTIVITY: marked("Plan", "button"),
    Fix.VALUE: marked("Value", "button"),
    Fix.REASON: marked("Reason", "button"),
    Fix.STAGE: marked("Move", "button"),
    Fix.CONTACT: marked("Contact", "button"),
    Fix.DONE: marked("Done", "button"),
    Fix.FIELDS: marked("Fill in", "button"),
    Fix.OWNER: marked("Assign", "button"),
}


def nudge_card(view: NudgeView, *, page: int = 1) -> Message:
    """Return a page of what a card asks for, as it is now."""
    title = _title(view)
    pages = max(1, -(-len(view.lines) // MOST_SHOWN))
    page = min(max(page, 1), pages)
    shown = view.lines[(page - 1) * MOST_SHOWN : page * MOST_SHOWN]
    sections = [Section(_line_widgets(each, view)) for each in shown]
    if not sections:
        sections = [Section([Text(_nothing(view))])]
    if buttons := _page_buttons(page, pages):
        sections.append(Section([Buttons(*buttons)]))
    return Message(Card(title, _subtitle(view), sections, card_id="nudges"), fallback_text=title)


def _title(view: NudgeView) -> str:
    if view.was_replaced:
        return tr("Asked again on a later card")
    count = len(view.lines)
    if not count:
        return tr("All done: nothing is left to mend")
    return tr_plural("{count} thing to mend in your deals", "{count} things to mend in your deals", count)


def _subtitle(view: NudgeView) -> str:
    if not view.gone or view.was_replaced:
        return tr("The worst first") if view.lines else ""
    return tr("{gone} of {total} done", gone=whole(view.gone), total=whole(view.total))


def _nothing(view: NudgeView) -> str:
    if view.was_replaced:
        return tr("What was still open stands on the card of a later day.")
    return tr("Whatever this card asked for is mended, or put off.")


def _line_widgets(line: ShownLine, view: NudgeView) -> list[Widget]:
    change, names = line.change, view.names
    link = object_link(change, view.link_base)
    below = listed([text for key in _CONTEXT if (text := value_of(change, names, key))], most=3)
    opener = Button(tr("Open"), Link(link)) if link else None
    if line.is_under_way:
        icon = Icon("hourglass_top", tr("Working on it"))
        return [Fact(title_of(change, names), tr("It is being written to Pipedrive"), icon, below, opener)]
    icon = Icon("build_circle", tr("To mend"))
    fact = Fact(title_of(change, names), line_text(line.check, line.finding, names), icon, below, opener)
    buttons = [_fix_button(line)] if view.delivery_id is not None else []
    buttons.append(Button(tr("Snooze"), press("nudge.snooze", dialog=True, line=line.id)))
    return [fact, Buttons(*buttons)]


def _fix_button(line: ShownLine) -> Button:
    text = tr_in("button", _FIX_TEXTS[line.fix])
    if line.fix is Fix.DONE:
        return Button(text, press("nudge.done", line=line.id), primary=True)
    return Button(text, press("nudge.fix", dialog=True, line=line.id), primary=True)


def _page_buttons(page: int, pages: int) -> list[Button]:
    buttons = []
    if page > 1:
        buttons.append(Button(tr("Previous"), press("nudge.list", page=page - 1)))
    if page < pages:
        buttons.append(Button(tr("Next"), press("nudge.list", page=page + 1)))
    return buttons
