"""Lines are chosen by time, service, level and by what they are about; words for a time are read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jobs.logs.selection import Selection, read_line, read_moment

AT = datetime(2026, 11, 30, 12, tzinfo=UTC)
LINE: dict[str, Any] = {
    "event": "delivery.dead",
    "level": "warning",
    "service": "worker",
    "tenant_id": 7,
    "timestamp": "2026-11-30T11:30:00.500000Z",
}


@pytest.mark.parametrize(
    ("wanted", "is_wanted"),
    [
        (Selection(), True),
        (Selection(since=AT - timedelta(hours=1)), True),
        (Selection(since=AT - timedelta(minutes=15)), False),
        (Selection(since=datetime(2026, 11, 30, 11, 30, 0, 500_000, tzinfo=UTC)), True),
        (Selection(until=datetime(2026, 11, 30, 11, 30, 0, 500_000, tzinfo=UTC)), False),
        (Selection(until=AT), True),
        (Selection(service="worker"), True),
        (Selection(service="web"), False),
        (Selection(level="warning"), True),
        (Selection(level="info"), True),
        (Selection(level="error"), False),
        (Selection(fields={"event": "delivery.dead", "tenant_id": "7"}), True),
        (Selection(fields={"tenant_id": "8"}), False),
        (Selection(fields={"absent": "x"}), False),
    ],
)
def test_a_line_is_wanted_if_all_fits(wanted: Selection, is_wanted: bool) -> None:
    assert wanted.has(LINE) is is_wanted


@pytest.mark.parametrize("timestamp", [None, "", "yesterday", 5])
def test_a_line_without_a_time_is_in_no_span_of_time(timestamp: object) -> None:
    line = LINE | {"timestamp": timestamp}
    assert Selection(service="worker").has(line)
    assert not Selection(since=AT - timedelta(days=9)).has(line)


@pytest.mark.parametrize("text", ["", "Traceback (most recent call last):", "[1]", "7", '{"cut": '])
def test_what_is_no_object_is_no_line(text: str) -> None:
    assert read_line(text) is None


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("90s", AT - timedelta(seconds=90)),
        ("15m", AT - timedelta(minutes=15)),
        ("1h", AT - timedelta(hours=1)),
        ("2d", AT - timedelta(days=2)),
        ("2026-11-30T08:00", AT.replace(hour=8)),
        ("2026-11-30T08:00+02:00", AT.replace(hour=6)),
        ("2026-11-30", AT.replace(hour=0)),
    ],
)
def test_a_time_is_read(text: str, moment: datetime) -> None:
    assert read_moment(text, AT) == moment


@pytest.mark.parametrize("text", ["", "1", "h", "1w", "-1h", "1 h", "soon", "2026-13-01", "9999999d"])
def test_other_words_for_a_time_are_refused_with_what_fits(text: str) -> None:
    with pytest.raises(ValueError, match="15m"):
        read_moment(text, AT)
