"""The content of `/metrics`: counters of this process, and gauges read from the database on request."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from prometheus_client import CollectorRegistry, Counter, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from models.clock import now
from models.database.engine import Database
from models.deliveries import lanes
from models.deliveries.counts import count_by_state
from models.deliveries.replay_events import count_failed
from models.errors import DatabaseUnavailable
from models.events.store import oldest_new
from models.tables.deliveries import STATES

OUTCOMES: Final = ("stored", "repeat", "unparsed", "refused", "ignored")

COUNTERS: Final = CollectorRegistry()
EVENTS: Final = Counter(
    "pipenotify_events", "Webhooks of Pipedrive by what became of them", ["outcome"], registry=COUNTERS
)
for _outcome in OUTCOMES:
    EVENTS.labels(_outcome)


class _Record(Collector):
    """Reads deliveries and waiting times from the database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterator[Metric]:
        deliveries = GaugeMetricFamily("pipenotify_deliveries", "Deliveries by state", labels=["state"])
        oldest = GaugeMetricFamily("pipenotify_oldest_due_seconds", "Age of the oldest due event or delivery")
        failed = GaugeMetricFamily("pipenotify_events_failed", "Events that could not be read, up to 10,000")
        with self._database.reading_all() as session:
            failed.add_metric([], count_failed(session))
            counts = count_by_state(session)
            oldest_event = oldest_new(session)
            oldest_delivery = lanes.oldest_due(session)
        for state in STATES:
            deliveries.add_metric([state], counts.get(state, 0))
        due = [at for at in (oldest_event, oldest_delivery) if at is not None]
        age = max((now() - min(due)).total_seconds(), 0.0) if due else 0.0
        oldest.add_metric([], age)
        yield deliveries
        yield failed
        yield oldest


def exposition(database: Database) -> bytes:
    """Return Prometheus' text format. If the database is down, it still has the counters."""
    text = generate_latest(COUNTERS)
    gauges = CollectorRegistry(auto_describe=False)
    try:
        gauges.register(_Record(database))
        return text + generate_latest(gauges)
    except DatabaseUnavailable:
        return text
