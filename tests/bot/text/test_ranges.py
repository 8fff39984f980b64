"""Every range of a report has its words."""

from __future__ import annotations

from bot.text.ranges import RANGE_NAMES
from models.reports.report import REPORT_RANGES
from models.sales_reports.reader import SALES_RANGES


def test_every_range_has_its_words() -> None:
    assert set(RANGE_NAMES) == {*REPORT_RANGES, *SALES_RANGES, "1d"}
