"""A report that comes by itself: figures first, then a line with a bar for each part."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from bot.cards.report import BAR, FULL, MOST_SENT, report_texts, whole_facts
from bot.cards.summary import summary_card
from models.languages.translate import speaking
from models.reports.figures import Figures
from models.reports.report import Report, ReportPart
from models.tables.reports import ReportEvery


def sent(*parts: ReportPart, total: int = 10, is_own: bool = False) -> Report:
    whole = Figures(
        Counter(delivered=total, dead=1) if total else Counter(), latencies=Counter({1200: total})
    )
    return Report("7d", "rule", whole, parts, is_own)


def test_figures_and_bars_are_texts_of_a_summary_card() -> None:
    texts = report_texts(
        sent(ReportPart("Wins: big", 10, failed=1), ReportPart("Lost", 5)), ReportEvery.WEEKLY
    )

    assert texts["title"] == "Weekly report"
    assert texts["why"] == "Cards of the whole team, in all places · Last 7 days · By rule"
    assert texts["totals"][0] == "10 of 11 arrived"
    assert texts["lines"][0].startswith(f"Wins big: 10 {FULL * BAR}")
    assert summary_card(**texts).fallback_text.startswith("Weekly report: 10 of 11 arrived")


def test_many_parts_are_counted_and_none_are_said() -> None:
    many = report_texts(sent(*(ReportPart(f"Rule {each}", 1) for each in range(12))), ReportEvery.DAILY)
    assert (len(many["lines"]), many["more"]) == (MOST_SENT, 2)

    none = report_texts(sent(total=0), ReportEvery.MONTHLY)
    assert (none["totals"], none["lines"], none["more"]) == (["No cards in this time"], [], 0)


def test_where_no_cards_arrive_now_a_report_begins_with_that() -> None:
    report = replace(sent(ReportPart("Wins", 10)), not_arriving=["Deals", "Wall"])

    texts = report_texts(report, ReportEvery.WEEKLY)
    with speaking("de"):
        in_german = report_texts(report, ReportEvery.WEEKLY)

    assert texts["totals"][:2] == ["No cards arrive now in Deals and Wall", "10 of 11 arrived"]
    assert in_german["totals"][0] == "In Deals und Wall kommen gerade keine Karten an"


def test_who_sees_no_more_than_their_own_reads_so() -> None:
    texts = report_texts(sent(is_own=True), ReportEvery.DAILY)

    assert texts["why"].startswith("Cards you can see · ")


def test_what_was_done_with_cards_is_one_short_fact() -> None:
    noted = Counter(was_held=4, muted=2, coalesced=9, redacted=1, answers=12)
    facts = dict(whole_facts(Figures(Counter(delivered=10, skipped=2), noted)))

    assert facts["Among all of them"] == "4 held for a while, 2 muted, 9 in summaries, 1 without details"
    assert "Among all of them" not in dict(whole_facts(Figures(Counter(delivered=1))))
