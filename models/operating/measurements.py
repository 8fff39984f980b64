"""Measurements of the whole installation, kept in the database: a web part shows what the workers measured.

A process counts in its memory and stores the sums every few seconds. What a process that is killed has not
stored is lost: these are measurements, not records.
"""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections import Counter
from typing import Any, Final

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database.engine import Database
from models.database.upsert import prepared_insert
from models.errors import DatabaseUnavailable
from models.tables.upkeep import Measurement

log = structlog.get_logger()

ATTEMPTS: Final = "attempts"
SENT: Final = "sent"  # deliveries that arrived, by the kind of their destination
DELIVERY_SECONDS: Final = "delivery_seconds"
# Upper bounds in seconds: from a card on an idle system to the last rung of the ladder of retries.
BOUNDS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 1800.0, 7200.0)
BEYOND: Final = "+Inf"
SUM: Final = "sum"

_TABLE: Any = Measurement.__table__
_ADD: Final = prepared_insert(
    _TABLE,
    lambda insert: insert.on_conflict_do_update(
        index_elements=["name", "label"], set_={"value": _TABLE.c.value + insert.excluded.value}
    ),
)


class Measurements:
    """What this process measured since it last stored it; for all its threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._sums: Counter[tuple[str, str]] = Counter()

    def count(self, name: str, label: str, how_many: int = 1) -> None:
        """Count something by its label."""
        with self._lock:
            self._sums[name, label] += how_many

    def observe(self, name: str, seconds: float) -> None:
        """Add a duration to a histogram."""
        place = bisect_left(BOUNDS, seconds)
        bucket = f"{BOUNDS[place]:g}" if place < len(BOUNDS) else BEYOND
        with self._lock:
            self._sums[name, bucket] += 1
            self._sums[name, SUM] += seconds  # type: ignore[assignment]  # a Counter adds fractions as well

    def store(self, database: Database) -> None:
        """Add the sums to those in the database. Raises DatabaseUnavailable; then they are kept."""
        with self._lock:
            sums, self._sums = self._sums, Counter()
        # In one order, so that two workers never wait for each other.
        in_order = sorted(sums.items())
        rows = [{"name": name, "label": label, "value": value} for (name, label), value in in_order]
        if not rows:
            return
        try:
            with database.writing_all() as session:
                session.connection().execute(_ADD(session), rows)
        except BaseException:
            with self._lock:
                self._sums += sums
            raise

    def store_if_possible(self, database: Database) -> None:
        """Store them, or keep them while the database is away."""
        try:
            self.store(database)
        except DatabaseUnavailable as away:
            log.warning("database.away", why=str(away))


MEASUREMENTS: Final = Measurements()


def read_measurements(session: Session) -> dict[str, dict[str, float]]:
    """Return all sums, by name and then by label."""
    found: dict[str, dict[str, float]] = {}
    for name, label, value in session.execute(select(Measurement.name, Measurement.label, Measurement.value)):
        found.setdefault(name, {})[label] = value
    return found


def buckets(of: dict[str, float]) -> list[tuple[str, float]]:
    """Return a histogram's buckets as Prometheus wants them: bounds, and how many were not above them."""
    total, cumulative = 0.0, []
    for bound in (*(f"{each:g}" for each in BOUNDS), BEYOND):
        total += of.get(bound, 0.0)
        cumulative.append((bound, total))
    return cumulative
