"""How far back a report goes, as people read it."""

from __future__ import annotations

from typing import Final

from models.languages.translate import marked
from models.reports.report import TODAY
from models.sales_reports.reader import MONDAY

RANGE_NAMES: Final = {
    MONDAY: marked("Since last Monday"),
    TODAY: marked("Today"),
    "1d": marked("Last 24 hours"),
    "7d": marked("Last 7 days"),
    "30d": marked("Last 30 days"),
    "90d": marked("Last 90 days"),
}
