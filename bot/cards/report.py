"""What a report says, in words: the figures of the whole, and each part with a bar."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Final

from bot.text.duration import duration
from bot.text.format import listed, number, percent, short_day
from bot.text.ranges import RANGE_NAMES
from models.languages.translate import marked, tr, tr_plural
from models.reports.figures import Figures
from models.reports.measures import COALESCED, MUTED, REDACTED, WAS_HELD
from models.reports.report import DAY, PERSON, RULE, SPACE, Report, ReportPart
from models.tables.deliveries import DeliveryState
from models.tables.reports import ReportEvery

BAR: Final = 12  # letters of the longest bar
FULL: Final = "█"
MOST_SENT: Final = 10  # parts of a report that comes by itself

BY_NAMES: Final = {
    RULE: marked("By rule"),
    SPACE: marked("By space"),
    PERSON: marked("By person"),
    DAY: marked("By day"),
}
_TITLES: Final = {
    ReportEvery.DAILY: marked("Daily report"),
    ReportEvery.WEEKLY: marked("Weekly report"),
    ReportEvery.MONTHLY: marked("Monthly report"),
}


def report_texts(report: Report, every: ReportEvery) -> dict[str, Any]:
    """Return a report that comes by itself as the texts of a summary card."""
    facts = whole_facts(report.whole)
    shown = report.parts[:MOST_SENT] if facts or report.by == PERSON else ()
    longest = max((part.count for part in shown), default=0)
    lines = [": ".join(filter(None, line_of(part, longest))) for part in shown]
    return {
        "title": tr(_TITLES[every]),
        "why": f"{whose_cards(report)} · {tr(RANGE_NAMES[report.range])} · {tr(BY_NAMES[report.by])}",
        "totals": [
            *not_arriving_texts(report),
            *([text for _, text in facts] or [tr("No cards in this time")]),
        ],
        "lines": lines,
        "more": max(0, len(report.parts) - len(lines)) if lines else 0,
    }


def not_arriving_texts(report: Report) -> list[str]:
    """Return the line that a report begins with where cards do not arrive now; none where all do."""
    places = report.not_arriving
    return [tr("No cards arrive now in {places}", places=listed(list(places)))] if places else []


def whose_cards(report: Report) -> str:
    """Return which cards a report counts: the whole team's, also in a space, or what its reader can see.

    A guest sees the cards of a space that are nobody's own.
    """
    return tr("Cards you can see") if report.is_own else tr("Cards of the whole team, in all places")


def whole_facts(whole: Figures) -> list[tuple[str, str]]:
    """Return the figures of the whole in words, each with its label; nothing where there were no cards."""
    if not whole.total:
        return []
    delivered = number(whole.counts[DeliveryState.DELIVERED])
    facts = [(tr("Cards"), tr("{part} of {whole} arrived", part=delivered, whole=number(whole.total)))]
    if whole.p50_ms is not None and whole.p95_ms is not None:
        fast = tr(
            "Half within {half}, 95 of 100 within {most}",
            half=duration(whole.p50_ms),
            most=duration(whole.p95_ms),
        )
        facts.append((tr("From Pipedrive to Chat"), fast))
    if others := _others(whole):
        facts.append((tr("The others"), others))
    if noted := _noted(whole):
        facts.append((tr("Among all of them"), noted))
    return facts


def _noted(whole: Figures) -> str:
    """Return what was done with the cards: `4 held for a while, 2 muted, 9 in summaries`."""
    parts = {
        WAS_HELD: marked("{count} held for a while"),
        MUTED: marked("{count} muted"),
        COALESCED: marked("{count} in summaries"),
        REDACTED: marked("{count} without details"),
    }
    shown = {name: count for name in parts if (count := whole.noted[name])}
    return ", ".join(tr(parts[name], count=number(count)) for name, count in shown.items())


def _others(whole: Figures) -> str:
    """Return what became of the cards that did not arrive: `3 failed, 2 held`."""
    counts = whole.counts
    parts = {
        tr("{count} failed", count=number(counts[DeliveryState.DEAD])): counts[DeliveryState.DEAD],
        tr("{count} left out", count=number(counts[DeliveryState.SKIPPED])): counts[DeliveryState.SKIPPED],
        tr("{count} held", count=number(counts[DeliveryState.HELD])): counts[DeliveryState.HELD],
        tr("{count} in a digest", count=number(counts[DeliveryState.DIGESTED])): counts[
            DeliveryState.DIGESTED
        ],
    }
    on_the_way = counts[DeliveryState.PENDING] + counts[DeliveryState.SENDING]
    parts[tr("{count} on the way", count=number(on_the_way))] = on_the_way
    return ", ".join(text for text, count in parts.items() if count)


def bar_of(part: ReportPart, longest: int) -> str:
    """Return the number of a part and its bar; the number first, for who hears it."""
    bar = FULL * max(1, round(BAR * part.count / longest)) if part.count else ""
    return f"{number(part.count)} {bar}".strip()


def name_of(part: ReportPart) -> str:
    return part.name if part.at is None else short_day(part.at.date())


def line_of(part: ReportPart, longest: int) -> tuple[str, str]:
    """Return a part as one line: its name, and its bar with the small print."""
    name = name_of(part).replace(": ", " ")  # a summary card puts what follows a colon below
    return name, " · ".join(filter(None, (bar_of(part, longest), below(part))))


def below(part: ReportPart) -> str:
    """Return what is small print of a part: failures, and how long it took."""
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
