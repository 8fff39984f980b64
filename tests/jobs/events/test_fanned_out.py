"""What fan-out has worked out starts empty for each group of events."""

from __future__ import annotations

from jobs.events.fanned_out import FannedOut


def test_groups_share_nothing() -> None:
    first, second = FannedOut(), FannedOut()
    first.rows.append({"tenant_id": 1})

    assert (second.rows, second.names, second.tracked) == ([], {}, [])
