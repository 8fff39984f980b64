"""The cards of mutes: one that was set, and the list of those that hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.text.format import plural
from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, Text, Widget, press

HOW = "Say /pipenotify mute and how long: 30m, 1h, until 15:00, today or tomorrow."
ASK = Button("Mute", press("mute.open", dialog=True), primary=True)
LIST = Button("All mutes", press("mute.list"))


@dataclass(frozen=True, slots=True)
class MuteFacts:
    """A mute as text: what is muted (`this space`), until when, and by whom; `may_end`: by the reader."""

    id: int
    what: str
    until: str
    by: str
    may_end: bool = False


def muted_card(mute: MuteFacts) -> Message:
    """Return the answer to a mute that was just set."""
    title = f"Muted until {mute.until}"
    rows: list[Widget] = [
        Fact(capital(mute.what), "Muted", Icon("notifications_off", "Muted")),
        Text("No cards come there, urgent ones neither. When it ends, one card says what was missed."),
        Buttons(Button("Unmute", press("mute.end", mute=mute.id)), LIST),
    ]
    return Message(Card(title, "", [Section(rows)], card_id="mute"), fallback_text=f"{title}: {mute.what}")


def mutes_card(mutes: Sequence[MuteFacts], notice: str = "") -> Message:
    """Return the mutes that hold, those that end first at the beginning; `notice`: what was just done."""
    rows: list[Widget] = [Fact(notice, icon=Icon("info", "What was done"))] if notice else []
    rows += [_mute_row(mute) for mute in mutes] or [Text(f"Nothing is muted. {HOW}")]
    count = plural(len(mutes), "mute") if mutes else "none"
    card = Card("Muted", count, [Section(rows), Section([Buttons(ASK)])], card_id="mutes")
    return Message(card, fallback_text=notice or f"Muted: {count}")


def _mute_row(mute: MuteFacts) -> Fact:
    end = Button("Unmute", press("mute.end", mute=mute.id)) if mute.may_end else None
    icon = Icon("notifications_off", "Muted")
    by = f"by {mute.by}" if mute.by else ""
    return Fact(capital(mute.what), f"until {mute.until}", icon, by, end)


def capital(text: str) -> str:
    """Return a text with its first letter as a capital; the others stay."""
    return text[:1].upper() + text[1:]
