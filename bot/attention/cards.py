"""The cards of mutes: one that was set, and the list of those that hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.text.format import plural
from bot.text.wording import capital
from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, Text, Widget, notice_rows, press
from models.languages.translate import marked, tr, tr_in

HOW = marked("Say /pipenotify mute and how long: 30m, 1h, until 15:00, today or tomorrow.")


@dataclass(frozen=True, slots=True)
class MuteFacts:
    """A mute as text: what is muted (`this space`), until when, and by whom; `may_end`: by the reader."""

    id: int
    what: str
    until: str
    by: str
    may_end: bool = False


def ask_button() -> Button:
    return Button(tr_in("button", "Mute"), press("mute.open", dialog=True), primary=True)


def list_button() -> Button:
    return Button(tr("All mutes"), press("mute.list"))


def muted_card(mute: MuteFacts) -> Message:
    """Return the answer to a mute that was just set."""
    title = tr("Muted until {until}", until=mute.until)
    rows: list[Widget] = [
        Fact(capital(mute.what), tr("Muted"), Icon("notifications_off", tr("Muted"))),
        Text(tr("No cards come there, urgent ones neither. When it ends, one card says what was missed.")),
        Buttons(Button(tr("Unmute"), press("mute.end", mute=mute.id)), list_button()),
    ]
    return Message(Card(title, "", [Section(rows)], card_id="mute"), fallback_text=f"{title}: {mute.what}")


def mutes_card(mutes: Sequence[MuteFacts], notice: str = "") -> Message:
    """Return the mutes that hold, those that end first at the beginning; `notice`: what was just done."""
    rows = notice_rows(notice)
    rows += [_mute_row(mute) for mute in mutes] or [Text(tr("Nothing is muted. {how}", how=tr(HOW)))]
    count = plural(len(mutes), "mute") if mutes else tr("none")
    card = Card(tr("Muted"), count, [Section(rows), Section([Buttons(ask_button())])], card_id="mutes")
    return Message(card, fallback_text=notice or tr("Muted: {count}", count=count))


def _mute_row(mute: MuteFacts) -> Fact:
    end = Button(tr("Unmute"), press("mute.end", mute=mute.id)) if mute.may_end else None
    icon = Icon("notifications_off", tr("Muted"))
    by = tr("by {by}", by=mute.by) if mute.by else ""
    return Fact(capital(mute.what), tr("until {until}", until=mute.until), icon, by, end)
