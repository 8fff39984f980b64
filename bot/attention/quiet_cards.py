"""The card of quiet hours: the windows of a place, what they hold now, and what one can do about it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.text.format import clock_text, plural
from bot.text.wording import capital, weekday_text
from bot.widgets import Button, Buttons, Card, Fact, Icon, Message, Section, Text, Widget, notice_rows, press
from models.attention.quiet import MOST_COUNTED
from models.destinations.quiet_hours import DAYS, end_in_file
from models.languages.translate import marked, tr, tr_in, whole
from models.tables.destinations import QuietHours

HOW: Final = marked("Set them like this: /pipenotify quiet set 19:00-08:00 mon-fri.")


@dataclass(frozen=True, slots=True)
class QuietFacts:
    """Quiet hours as text.

    `word`: the place as a word of commands, `title`: as people call it; `windows`: one text each; `until`:
    when they end that hold now, empty for none; `others`: what decides where the place has no windows;
    `held` cards leave at `leaves`; `absent`: why none can be set, empty where they can.
    """

    word: str
    title: str
    windows: Sequence[str] = ()
    urgent: str = ""
    until: str = ""
    others: str = ""
    held: int = 0
    leaves: str = ""
    is_dm: bool = False
    may_change: bool = False
    absent: str = ""
    notice: str = ""


def quiet_card(facts: QuietFacts) -> Message:
    """Return the card of a place's quiet hours."""
    rows = notice_rows(facts.notice)
    rows += [Fact(window, tr("Quiet"), Icon("bedtime", tr("Quiet hours"))) for window in facts.windows]
    if facts.windows:
        rows.append(Fact(facts.urgent, tr("Urgent cards"), Icon("priority_high", tr("Urgent"))))
    else:
        rows.append(Text(facts.others or facts.absent or tr("None are set. {how}", how=tr(HOW))))
    rows += _held_rows(facts)
    state = tr("Quiet now, until {until}", until=facts.until) if facts.until else tr("Not quiet now")
    title = tr("Quiet hours of {title}", title=facts.title)
    words = ("me", "team") if facts.is_dm else ("here", "me", "team")
    others = [word for word in words if word != facts.word]
    buttons = [Button(capital(tr_in("place", word)), press("quiet.show", where=word)) for word in others]
    changes = _change_buttons(facts) if facts.may_change else []
    changing = [Section([Buttons(*changes)])] if changes else []
    card = Card(title, state, [Section(rows), *changing, Section([Buttons(*buttons)])], card_id="quiet")
    return Message(card, fallback_text=facts.notice or f"{title}: {state}")


def _change_buttons(facts: QuietFacts) -> list[Button]:
    form = press("quiet.open", dialog=True, where=facts.word)
    if not facts.windows:
        return [] if facts.absent else [Button(tr("Set quiet hours"), form, primary=True)]
    off = Button(tr_in("button", "Off"), press("quiet.off", where=facts.word))
    more = press("quiet.open", dialog=True, where=facts.word, add="yes")
    changes = [Button(tr("Change"), form, primary=True), Button(tr("Add a window"), more)]
    return [*([] if facts.absent else changes), off]


def _held_rows(facts: QuietFacts) -> list[Widget]:
    if not facts.held:
        return []
    count = (
        plural(facts.held, "card")
        if facts.held < MOST_COUNTED
        else tr("{count} or more cards", count=whole(MOST_COUNTED))
    )
    leaves = tr("held by quiet hours, until {leaves}", leaves=facts.leaves)
    send = Button(tr("Send now"), press("quiet.send", where=facts.word)) if facts.may_change else None
    see = Button(tr("See them"), press("log.show", only="held", page=1))
    return [Fact(count, tr("Held"), Icon("hourglass_empty", tr("Held")), leaves, send), Buttons(see)]


def window_text(window: QuietHours, locale: str) -> str:
    """Return a window in words: `7:00 PM to 8:00 AM, Mon to Fri, Europe/Prague`."""
    ends = end_in_file(window.starts, window.ends)
    hours = tr("{start} to {end}", start=clock_text(window.starts, locale), end=clock_text(ends, locale))
    whole = (window.starts, ends) == ("00:00", "24:00")
    return f"{tr('All day') if whole else hours}, {days_text(window.days)}, {window.timezone}"


def days_text(days: Sequence[str]) -> str:
    """Return days in words: `every day`, `Mon to Fri`, `Mon, Wed`."""
    chosen = [day for day in DAYS if day in days]
    if len(chosen) == len(DAYS):
        return tr("every day")
    first, last = DAYS.index(chosen[0]), DAYS.index(chosen[-1])
    if len(chosen) > 2 and last - first + 1 == len(chosen):
        return tr("{first} to {last}", first=weekday_text(chosen[0]), last=weekday_text(chosen[-1]))
    return ", ".join(map(weekday_text, chosen))


def urgent_text(windows: Sequence[QuietHours]) -> str:
    """Return what becomes of urgent cards in these windows."""
    passing = [each.lets_urgent_through for each in windows]
    if all(passing):
        return tr("are sent all the same")
    return tr("are sent in some of these hours") if any(passing) else tr("are held too")
