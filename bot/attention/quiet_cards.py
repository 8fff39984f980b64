"""The card of quiet hours: the windows of a place, what they hold now, and what one can do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.attention.cards import capital
from bot.text.format import clock_text, plural
from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, Text, Widget, press
from models.attention.quiet import MOST_COUNTED
from models.destinations.quiet_hours import DAYS, end_in_file
from models.tables.destinations import QuietHours

HOW: Final = "Set them like this: /pipenotify quiet set 19:00-08:00 mon-fri."
_NAMES: Final = {day: day.capitalize() for day in DAYS}


@dataclass(frozen=True, slots=True)
class QuietFacts:
    """Quiet hours as text.

    `word`: the place as a word of commands, `title`: as people call it; `windows`: one text each; `until`:
    when they end that hold now, empty for none; `others`: what decides where the place has no windows;
    `held` cards leave at `leaves`.
    """

    word: str
    title: str
    windows: Sequence[str] = ()
    urgent: str = ""
    until: str = ""
    others: str = ""
    held: int = 0
    leaves: str = ""
    may_change: bool = False
    notice: str = ""


def quiet_card(facts: QuietFacts) -> Message:
    """Return the card of a place's quiet hours."""
    rows: list[Widget] = [Fact(facts.notice, icon=Icon("info", "What was done"))] if facts.notice else []
    rows += [Fact(window, "Quiet", Icon("bedtime", "Quiet hours")) for window in facts.windows]
    if facts.windows:
        rows.append(Fact(facts.urgent, "Urgent cards", Icon("priority_high", "Urgent")))
    else:
        rows.append(Text(facts.others or f"None are set. {HOW}"))
    rows += _held_rows(facts)
    state = f"Quiet now, until {facts.until}" if facts.until else "Not quiet now"
    title = f"Quiet hours of {facts.title}"
    others = [word for word in ("here", "me", "team") if word != facts.word]
    buttons = [Button(capital(word), press("quiet.show", where=word)) for word in others]
    card = Card(title, state, [Section(rows), Section([Buttons(*buttons)])], card_id="quiet")
    return Message(card, fallback_text=facts.notice or f"{title}: {state}")


def _held_rows(facts: QuietFacts) -> list[Widget]:
    if not facts.held:
        return []
    count = plural(facts.held, "card") if facts.held < MOST_COUNTED else f"{MOST_COUNTED:,} or more cards"
    leaves = f"held by quiet hours, until {facts.leaves}"
    send = Button("Send now", press("quiet.send", where=facts.word)) if facts.may_change else None
    see = Button("See them", press("log.show", only="held", page=1))
    return [Fact(count, "Held", Icon("hourglass_empty", "Held"), leaves, send), Buttons(see)]


def window_text(window: QuietHours, locale: str) -> str:
    """Return a window in words: `7:00 PM to 8:00 AM, Mon to Fri, Europe/Prague`."""
    ends = end_in_file(window.starts, window.ends)
    hours = f"{clock_text(window.starts, locale)} to {clock_text(ends, locale)}"
    whole = (window.starts, ends) == ("00:00", "24:00")
    return f"{'All day' if whole else hours}, {days_text(window.days)}, {window.timezone}"


def days_text(days: Sequence[str]) -> str:
    """Return days in words: `every day`, `Mon to Fri`, `Mon, Wed`."""
    chosen = [day for day in DAYS if day in days]
    if len(chosen) == len(DAYS):
        return "every day"
    first, last = DAYS.index(chosen[0]), DAYS.index(chosen[-1])
    if len(chosen) > 2 and last - first + 1 == len(chosen):
        return f"{_NAMES[chosen[0]]} to {_NAMES[chosen[-1]]}"
    return ", ".join(_NAMES[day] for day in chosen)


def urgent_text(windows: Sequence[QuietHours]) -> str:
    """Return what becomes of urgent cards in these windows."""
    passing = [each.lets_urgent_through for each in windows]
    if all(passing):
        return "are sent all the same"
    return "are sent in some of these hours" if any(passing) else "are held too"
