"""Budgets: how many writes of the whole project Google still allows."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from models.database.upsert import insert_into
from models.tables.deliveries import ProjectQuota

PROJECT: Final = "chat project"
MOST_SKEW: Final = timedelta(seconds=60)


def spend(session: Session, per_minute: int, wanted: int, now: datetime) -> int:
    """Take up to `wanted` writes from the project's budget; return how many Google allows now.

    A bucket of a tenth of the minute's quota that refills with the rest never exceeds the quota in any
    60 seconds (developers.google.com/workspace/chat/limits).
    """
    most, per_second = max(1.0, per_minute / 10), per_minute * 0.9 / 60
    budget = session.get(ProjectQuota, PROJECT, with_for_update=True) or _first(session, most, now)
    # Workers' clocks differ: time that one of them has counted is not counted again by another.
    counted_at = budget.counted_at if budget.counted_at <= now + MOST_SKEW else now
    passed = max(0.0, (now - counted_at).total_seconds())
    left = min(most, budget.tokens + passed * per_second)
    granted = min(wanted, int(left))
    budget.tokens, budget.counted_at = left - granted, max(now, counted_at)
    session.flush()
    return granted


def _first(session: Session, tokens: float, now: datetime) -> ProjectQuota:
    """Make the row; two workers may be about to, and then one of them waits and finds it."""
    row = {"name": PROJECT, "tokens": tokens, "counted_at": now}
    session.execute(insert_into(session, ProjectQuota).values(row).on_conflict_do_nothing())
    return session.get_one(ProjectQuota, PROJECT, with_for_update=True)
