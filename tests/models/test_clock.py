"""There is one clock, and its times have a zone."""

from datetime import UTC, datetime, timedelta

from models.clock import now


def test_the_time_is_now_and_utc() -> None:
    assert now().tzinfo is UTC
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=1)
