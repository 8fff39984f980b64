"""The card of a report: the figures in words, and a bar for each part."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from bot.text.duration import duration
from bot.text.format import number, percent, short_day
from bot.widgets import Button, Card, Fact, Menu, Message, Section, Text, Widget, press
from models.languages.translate import marked, tr, tr_plural
from models.reports.figures import Figures
from models.reports.report import DAY, PERSON, REPORT_RANGES, RULE, SPACE, TODAY, Report, ReportPart
from models.tables.deliveries import DeliveryState

SHOWN: Final = 31  # bars: the days of a month
VISIBLE: Final = 10  # the others unfold
BAR: Final = 12  # letters of the longest bar
FULL: Final = "█"

RANGE_NAMES: Final = {
    TODAY: marked("Today"),
    "7d": marked("Last 7 days"),
    "30d": marked("Last 30 days"),
    "90d": marked("Last 90 days"),
}
BY_NAMES: Final = {
    RULE: marked("By rule"),
    SPACE: marked("By space"),
    PERSON: marked("By person"),
    DAY: marked("By day"),
}


def report_card(report: Report) -> Message:
    """Return the card of a report; where there was nothing, it says so and what to do."""
    title = tr("Your own cards") if report.is_own else tr("Cards of the team")
    subtitle = f"{tr(RANGE_NAMES[report.range])} · {tr(BY_NAMES[report.by])}"
    sections = [Section(_whole(report.whole)), _bars(report)]
    card = Card(title, subtitle, sections, _buttons(report), card_id="report")
    return Message(card, fallback_text=f"{title}, {tr(RANGE_NAMES[report.range])}: {_count(report.whole)}")


def _count(whole: Figures) -> str:
    return tr_plural("{count} card", "{count} cards", whole.total)


def _whole(whole: Figures) -> list[Widget]:
    if not whole.total:
        return [Text(tr("Nothing was sent or held back in this time. Cards come as soon as a rule fires."))]
    delivered = number(whole.counts[DeliveryState.DELIVERED])
    rows: list[Widget] = [
        Fact(tr("{part} of {whole} arrived", part=delivered, whole=number(whole.total)), tr("Cards"))
    ]
    if whole.p50_ms is not None and whole.p95_ms is not None:
        fast = tr(
            "Half within {half}, 95 of 100 within {most}",
            half=duration(whole.p50_ms),
            most=duration(whole.p95_ms),
        )
        rows.append(Fact(fast, tr("From Pipedrive to Chat")))
    if others := _others(whole):
        rows.append(Fact(others, tr("What did not arrive")))
    return rows


def _others(whole: Figures) -> str:
    """Return what became of the cards that did not arrive: `3 failed, 2 held`."""
    counts = whole.counts
    parts = {
        tr("{count} failed", count=number(counts[DeliveryState.DEAD])): counts[DeliveryState.DEAD],
        tr("{count} left out", count=number(counts[DeliveryState.SKIPPED])): counts[DeliveryState.SKIPPED],
        tr("{count} held", count=number(counts[DeliveryState.HELD])): counts[DeliveryState.HELD],
        tr("{count} for a digest", count=number(counts[DeliveryState.DIGESTED])): counts[
            DeliveryState.DIGESTED
        ],
    }
    on_the_way = counts[DeliveryState.PENDING] + counts[DeliveryState.SENDING]
    parts[tr("{count} on the way", count=number(on_the_way))] = on_the_way
    return ", ".join(text for text, count in parts.items() if count)


def _bars(report: Report) -> Section:
    parts = report.parts if report.whole.total or report.by == PERSON else ()
    longest = max((part.count for part in parts), default=0)
    rows: list[Widget] = [_bar(part, longest) for part in parts[:SHOWN]]
    if len(parts) > SHOWN:
        rows.append(Text(tr("and {count} more", count=number(len(parts) - SHOWN))))
    return Section(rows, tr(BY_NAMES[report.by]) if rows else "", shown=VISIBLE)


def _bar(part: ReportPart, longest: int) -> Fact:
    """Draw a part: its number comes first, so that the bar adds nothing for who hears the card."""
    bar = FULL * max(1, round(BAR * part.count / longest)) if part.count else ""
    name = part.name if part.at is None else short_day(part.at.date())
    return Fact(f"{number(part.count)} {bar}".strip(), label=name, below=_below(part))


def _below(part: ReportPart) -> str:
    """Return what is small print of a bar: failures, and how long it took."""
    if part.cards is not None:
        texts = [tr_plural("{count} direct message", "{count} direct messages", part.cards)]
        texts += (
            [tr("half claimed within {time}", time=duration(part.p50_ms))] if part.p50_ms is not None else []
        )
        return " · ".join([tr("pressed on cards"), *texts])
    share = Decimal(part.failed) / part.count if part.count else Decimal(0)
    texts = [tr("{share} failed", share=percent(share))] if part.failed else []
    texts += [tr("half within {half}", half=duration(part.p50_ms))] if part.p50_ms is not None else []
    return " · ".join(texts)


def _buttons(report: Report) -> list[Button]:
    ranges = [
        Button(tr(RANGE_NAMES[name]), press("report.show", range=name, by=report.by))
        for name in REPORT_RANGES
        if name != report.range
    ]
    groups = [
        Button(tr(name), press("report.show", range=report.range, by=by))
        for by, name in BY_NAMES.items()
        if by != report.by
    ]
    return [Button(tr("Other days"), Menu(ranges)), Button(tr("Group"), Menu(groups)), _log_button()]


def _log_button() -> Button:
    return Button(tr("Log"), press("log.show"))
