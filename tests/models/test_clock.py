"""There is one clock, and it says its zone."""

from datetime import UTC, datetime, timedelta

from models.clock import now


def test_the_time_is_now_and_utc() -> None:
    assert now().tzinfo is UTC
    assert abs(now() - datetime.now(UTC)) < timedelta(seconds=1)
