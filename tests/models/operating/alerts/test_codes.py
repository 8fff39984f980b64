"""Every alert has a severity, a sentence for its end, and its row in the document for operators."""

from __future__ import annotations

import re

from models.operating.alerts import rules
from models.operating.alerts.codes import BETTER, SEVERITIES, Alert, AlertCode
from tests.rules.house import ROOT

DOCUMENT = (ROOT / "docs/operating.md").read_text()


def test_an_alert_is_whole() -> None:
    assert set(SEVERITIES) == set(BETTER) == set(AlertCode)


def test_its_title_says_how_severe_it_is() -> None:
    assert Alert(AlertCode.LATE, "It waits.").title == "Pipenotify: Needs you (outage)"
    assert Alert(AlertCode.DISK, "Room.", is_over=True).title == "Pipenotify: Better again (critical)"


def test_the_document_has_a_row_for_each_with_its_severity() -> None:
    rows = re.findall(r"^\| `(\w+)` \| (\w+) \|", DOCUMENT, flags=re.MULTILINE)
    assert sorted(rows) == sorted((str(code), str(severity)) for code, severity in SEVERITIES.items())


def test_the_document_has_the_thresholds_of_the_rules() -> None:
    section = DOCUMENT.split("## Alerts")[1].split("\n## ")[0]
    for words in (
        f"more than {rules.SLOW_ANSWER_S:g} s twice in a row",
        f"less than {float(rules.LEAST_UPTIME * 100):g} %",
        f"last {rules.UPTIME_DAYS} days",
        f"at least {rules.LEAST_PROBES:,} probes",
        f"more than {float(rules.MOST_FAILED_CARDS * 100):g} %",
        f"at least {rules.LEAST_CARDS} cards",
    ):
        assert words in section, words
