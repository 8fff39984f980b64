"""The card that summarises many events: one line per event, the rest counted."""

from collections.abc import Sequence

from bot.text.format import plural
from bot.widgets import Button, Buttons, Card, Fact, Message, Section, Text, Widget

MOST_LINES = 20


def summary_card(
    lines: Sequence[str],
    more: int = 0,
    *,
    title: str = "",
    why: str = "Folded into one card, because they came all at once",
    thread_key: str | None = None,
    see_all: Button | None = None,
) -> Message:
    """Return one card for many events.

    `lines` come from `line()`; at most 20 are shown. The rest are counted together with `more`, the number of
    events that have no line here. `why` says why they were coalesced (a burst, quiet hours, a digest).
    """
    left = more + max(len(lines) - MOST_LINES, 0)
    rows: list[Widget] = [_row(each) for each in lines[:MOST_LINES]]
    if left:
        rows.append(Text(f"and {left:,} more"))
    heading = title or f"{plural(len(lines) + more, 'event')} in Pipedrive"
    sections = [Section(rows), *([Section([Buttons(see_all)])] if see_all else [])]
    card = Card(heading, why, sections, card_id="summary")
    return Message(card, _fallback(heading, lines, more), thread_key=thread_key)


def _row(line: str) -> Fact:
    name, colon, story = line.partition(": ")
    return Fact(name, below=story) if colon else Fact(line)


def _fallback(heading: str, lines: Sequence[str], more: int) -> str:
    others = len(lines) - 1 + more
    first = lines[0] if lines else ""
    return f"{heading}: {first}" + (f" and {others:,} more" if others else "") if first else heading
