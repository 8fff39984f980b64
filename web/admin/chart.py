"""Bars of a chart over time, as numbers for an SVG: its view box is as wide and high as the constants say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from bot.text.format import day, number, short_day
from models.reports.figures import Bucket
from models.tables.deliveries import DeliveryState

WIDTH: Final = 720
HEIGHT: Final = 160
GAP: Final = 0.2  # of the place that a bar has
LEAST: Final = 2  # of what is there, so that one card in a thousand is seen


@dataclass(frozen=True, slots=True)
class Bar:
    """One hour or day: what is drawn of it, and what a table says."""

    label: str
    total: int
    delivered: int
    failed: int
    x: float
    width: float
    height: float
    failed_height: float


def bars(buckets: Sequence[Bucket], zone: ZoneInfo, *, hourly: bool) -> list[Bar]:
    """Return a bar for each bucket, the longest as high as the chart; failures are drawn at its foot."""
    longest = max((each.counts.total() for each in buckets), default=0)
    place = WIDTH / max(1, len(buckets))
    found = []
    for index, each in enumerate(buckets):
        total, failed = each.counts.total(), each.counts[DeliveryState.DEAD]
        found.append(
            Bar(
                _label(each.at, zone, hourly=hourly),
                total,
                each.counts[DeliveryState.DELIVERED],
                failed,
                x=round(place * (index + GAP / 2), 2),
                width=round(place * (1 - GAP), 2),
                height=_height(total, longest),
                failed_height=_height(failed, longest),
            )
        )
    return found


def describe(shown: Sequence[Bar]) -> str:
    """Return in words what a chart shows, for who does not see it."""
    whole = sum(bar.total for bar in shown)
    if not whole:
        return "No cards in this time."
    most = max(shown, key=lambda bar: bar.total)
    failed = sum(bar.failed for bar in shown)
    return (
        f"{number(whole)} cards from {shown[0].label} to {shown[-1].label}, {number(failed)} of them failed. "
        f"Most came on {most.label}: {number(most.total)}."
    )


def share(count: int, most: int) -> float:
    """Return how wide the bar of a part is, in percent of the longest one."""
    return round(100 * count / most, 1) if most else 0.0


def _height(count: int, longest: int) -> float:
    return max(LEAST, round(HEIGHT * count / longest, 1)) if count else 0.0


def _label(at: datetime, zone: ZoneInfo, *, hourly: bool) -> str:
    local = at.astimezone(zone)
    if hourly:
        return f"{short_day(local.date(), local.year)}, {local:%H:%M}"
    return day(local.date())
