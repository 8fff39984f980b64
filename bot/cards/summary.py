"""The card that summarises many events: what they come to, one line per event, the rest counted."""

from __future__ import annotations

import html
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.text.totals import group_text, span_text
from bot.widgets import Button, Buttons, Card, Fact, Message, Picture, Section, Text, Widget
from models.deliveries.burst import MOST_LINES, FoldedEvent, group
from models.languages.translate import tr, tr_plural, whole
from models.pipedrive.names import Names

LINES_AT_ONCE: Final = 8  # the others unfold on a press
MOST_TOTALS: Final = 8


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """One event: the name of its object, what happened, and the page of the object, if there is one."""

    name: str
    story: str
    link: str = ""


def summary_card(  # noqa: PLR0913 - the parts of the card
    lines: Sequence[str | SummaryLine],
    more: int = 0,
    *,
    title: str = "",
    why: str = "",
    thread_key: str | None = None,
    see_all: Button | None = None,
    totals: Sequence[str] = (),
    rules: Sequence[tuple[str, int]] = (),
) -> Message:
    """Return one card for many events.

    `lines` come from `line()`, or are `SummaryLine`s; at most 20 are shown. The rest are counted together
    with `more`, the number of events that have no line here. `why` says why they were coalesced (a burst,
    quiet hours, a digest). `totals` say what the events come to, the most important first: `3 won, €45,000`.
    `rules` are the rules that wanted them, each with its number of events.
    """
    left = more + max(len(lines) - MOST_LINES, 0)
    heading = title or tr_plural(
        "{count} event in Pipedrive", "{count} events in Pipedrive", len(lines) + more
    )
    rows: list[Widget] = [_row(each) for each in lines[:MOST_LINES]]
    sections = [Section([Text(_totals(totals), html=True)])] if totals else []
    sections.append(Section(rows, shown=LINES_AT_ONCE if totals else None))
    foot: list[Widget] = [Text(tr("and {count} more", count=whole(left)))] if left else []
    foot += [Text(_rules_text(rules))] if rules else []
    foot += [Buttons(see_all)] if see_all else []
    sections += [Section(foot)] if foot else []
    why = why or tr("Folded into one card, because they came all at once")
    picture = Picture("digest" if title else "burst", heading)
    card = Card(heading, why, sections, card_id="summary", picture=picture)
    return Message(card, _fallback(heading, lines, more, totals), thread_key=thread_key)


def burst_card(
    lines: Sequence[SummaryLine],
    events: Sequence[FoldedEvent],
    names: Names,
    *,
    rules: Sequence[tuple[str, int]],
    timezone: str,
    see_all: Button | None,
) -> Message:
    """Return the card of all `events` that one message folds, of which some have `lines`."""
    times = [each.received_at for each in events]
    return summary_card(
        lines,
        len(events) - len(lines),
        why=tr("{span}, folded into one card", span=span_text(min(times), max(times), timezone)),
        see_all=see_all,
        totals=totals_of(events, names),
        rules=rules,
    )


def totals_of(events: Sequence[FoldedEvent], names: Names) -> list[str]:
    """Return what events come to, the most important first: `3 won, €45,000`."""
    return [group_text(each, names) for each in group(events)]


def _row(line: str | SummaryLine) -> Fact:
    if isinstance(line, SummaryLine):
        return Fact(f"{line.name}: {line.story}", link=line.link)
    name, colon, story = line.partition(": ")
    return Fact(name, below=story) if colon else Fact(line)


def _totals(totals: Sequence[str]) -> str:
    """Return a line for each total, its count in bold."""
    shown = [_with_bold_count(each) for each in totals[:MOST_TOTALS]]
    if len(totals) > MOST_TOTALS:
        shown.append(tr("and other things"))
    return "\n".join(shown)


def _with_bold_count(total: str) -> str:
    count, comma, rest = total.partition(", ")
    return f"<b>{html.escape(count)}</b>{comma}{html.escape(rest)}"


def _rules_text(rules: Sequence[tuple[str, int]]) -> str:
    if len(rules) == 1:
        return tr("Rule: {name}", name=rules[0][0])
    shown = ", ".join(f"{name} ({count:,})" for name, count in rules[:3])
    if len(rules) <= 3:
        return tr("Rules: {names}", names=shown)
    return tr_plural(
        "Rules: {names} and {count} other", "Rules: {names} and {count} others", len(rules) - 3, names=shown
    )


def _fallback(heading: str, lines: Sequence[str | SummaryLine], more: int, totals: Sequence[str]) -> str:
    if totals:
        return f"{heading}: {'; '.join(totals[:3])}"
    others = len(lines) - 1 + more
    first = _text_of(lines[0]) if lines else ""
    if not first:
        return heading
    rest = f" {tr('and {count} more', count=whole(others))}" if others else ""
    return f"{heading}: {first}{rest}"


def _text_of(line: str | SummaryLine) -> str:
    return line if isinstance(line, str) else f"{line.name}: {line.story}"
