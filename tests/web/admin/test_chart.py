"""Bars fill the chart, small counts are seen, and words say the same."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from models.reports.figures import Bucket
from web.admin.chart import HEIGHT, LEAST, WIDTH, bars, describe, share

NOON = datetime(2026, 11, 28, 12, tzinfo=UTC)
PRAGUE = ZoneInfo("Europe/Prague")


def buckets(*counts: int, failed: int = 0) -> list[Bucket]:
    return [
        Bucket(NOON + timedelta(hours=number), Counter(delivered=count - failed, dead=failed))
        for number, count in enumerate(counts)
    ]


def test_the_longest_bar_fills_the_chart_and_a_small_one_is_seen() -> None:
    shown = bars(buckets(1000, 1, 0), PRAGUE, hourly=True)

    assert [bar.height for bar in shown] == [HEIGHT, LEAST, 0]
    assert shown[-1].x + shown[-1].width <= WIDTH
    assert [bar.label for bar in shown] == ["Nov 28, 13:00", "Nov 28, 14:00", "Nov 28, 15:00"]


def test_words_say_what_the_chart_shows() -> None:
    said = describe(bars(buckets(9, 3, failed=1), PRAGUE, hourly=True))

    assert said == (
        "12 cards from Nov 28, 13:00 to Nov 28, 14:00, 2 of them failed. Most came on Nov 28, 13:00: 9."
    )
    assert describe(bars(buckets(0), PRAGUE, hourly=False)) == "No cards in this time."


def test_shares_are_of_the_longest() -> None:
    assert (share(1, 3), share(3, 3), share(0, 0)) == (33.3, 100, 0)
