"""The card of a report: numbers before bars, the longest bar full, hostile names plain."""

from __future__ import annotations

import json
from collections import Counter

from bot.cards.report import BAR, FULL
from bot.reports.cards import SHOWN, report_card
from models.reports.figures import Figures
from models.reports.report import Report, ReportPart


def draw(*parts: ReportPart, by: str = "rule", is_own: bool = False) -> str:
    whole = Figures(Counter(delivered=9, dead=1), latencies=Counter({1200: 8, 4000: 1}))
    message = report_card(Report("7d", by, whole, parts, is_own))
    return json.dumps(message.as_chat("https://pipenotify.example.com/chat/events"), ensure_ascii=False)


def test_bars_are_as_long_as_their_numbers() -> None:
    drawn = draw(ReportPart("Wins", 400, failed=100), ReportPart("Lost", 200), ReportPart("Rare", 1))

    assert f'"400 {FULL * BAR}"' in drawn
    assert f'"200 {FULL * (BAR // 2)}"' in drawn
    assert f'"1 {FULL}"' in drawn
    assert "25 % failed" in drawn.replace("\u00a0", " ")


def test_percentiles_and_failures_are_told_in_words() -> None:
    drawn = draw(ReportPart("Wins", 10))

    assert "9 of 10 arrived" in drawn
    assert "Half within 1.2" in drawn
    assert "1 failed" in drawn


def test_where_no_cards_arrive_now_is_above_the_figures() -> None:
    whole = Figures(Counter(delivered=9))
    drawn = str(report_card(Report("7d", "rule", whole, (), False, ["Deals"])).as_chat("https://x.test"))

    assert 0 < drawn.find("No cards arrive now in Deals") < drawn.find("9 of 9 arrived")


def test_people_have_presses_and_direct_messages() -> None:
    drawn = draw(ReportPart("ada@acme.test", 3, p50_ms=61_000, cards=1), by="person", is_own=True)

    assert "Cards you can see" in drawn
    assert "1 direct message" in drawn
    assert "half claimed within 1" in drawn


def test_many_parts_are_cut_and_counted() -> None:
    assert "and 5 more" in draw(*(ReportPart(f"Rule {each}", 1) for each in range(SHOWN + 5)))


def test_names_are_plain_text() -> None:
    assert "<b>" not in draw(ReportPart("<b>Wins</b>", 1))
