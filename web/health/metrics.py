"""The content of `/metrics`: counters of this process, and what the database knows, read on request."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from models.clock import now
from models.database.engine import Database, Session
from models.deliveries.counts import count_by_state
from models.deliveries.replay_events import count_failed
from models.destinations.health import all_failing
from models.errors import DatabaseUnavailable
from models.operating import state
from models.operating.backlog import oldest_due
from models.operating.backup_age import find_old_backup, is_wanted, last_backup
from models.operating.measurements import (
    ATTEMPTS,
    BOUNDS,
    DELIVERY_SECONDS,
    SENT,
    SUM,
    buckets,
    read_measurements,
)
from models.operating.synthetic import read_synthetic
from models.operating.workers import clock_age, is_alive, list_workers
from models.reports.last_hour import LastHour, read_last_hour
from models.reports.read_rate import ReadRate, kept_read_rate
from models.tables.deliveries import STATES, AttemptOutcome
from models.tables.destinations import SENT_KINDS

OUTCOMES: Final = ("stored", "repeat", "unparsed", "refused", "ignored")

COUNTERS: Final = CollectorRegistry()
EVENTS: Final = Counter(
    "pipenotify_events", "Webhooks of Pipedrive by what became of them", ["outcome"], registry=COUNTERS
)
for _outcome in OUTCOMES:
    EVENTS.labels(_outcome)
ACKNOWLEDGED: Final = Histogram(
    "pipenotify_acknowledge_seconds",
    "From the first byte of a webhook's head to its 2xx, with the COMMIT between",
    registry=COUNTERS,
    buckets=(0.001, 0.0025, 0.005, *BOUNDS[:10]),
)


ProcessCollector(registry=COUNTERS)  # memory, CPU, when it started


class _Machine(Collector):
    """Reads what this process has of the machine: connections to the database, and room on its disks."""

    def __init__(self, database: Database, folders: Iterable[Path]) -> None:
        self._database = database
        self._folders = folders

    def collect(self) -> Iterator[Metric]:
        words = "Connections of this process to the database"
        connections = GaugeMetricFamily("pipenotify_pool_connections", words, labels=["state"])
        for usage, count in state.pool_usage(self._database).items():
            connections.add_metric([usage], count)
        yield connections
        free = GaugeMetricFamily("pipenotify_disk_free_bytes", "Room on the disk", labels=["folder"])
        for folder in self._folders:
            free.add_metric([str(folder)], shutil.disk_usage(folder).free)
        yield free


class _Record(Collector):
    """Reads what the database knows; everything in one transaction, nothing by reading a whole table."""

    def __init__(self, database: Database, daily_tokens: int) -> None:
        self._database = database
        self._daily_tokens = daily_tokens

    def collect(self) -> Iterator[Metric]:
        with self._database.reading_all() as session:
            families = [
                *_due(session),
                *_measured(session),
                *_workers(session),
                *_destinations(session),
                *_connections(session, self._daily_tokens),
                *_synthetic(session),
                *_backup(session),
            ]
        yield from families


def _due(session: Session) -> Iterator[Metric]:
    counts = count_by_state(session)
    deliveries = GaugeMetricFamily("pipenotify_deliveries", "Deliveries by state", labels=["state"])
    for each in STATES:
        deliveries.add_metric([each], counts.get(each, 0))
    yield deliveries
    failed = "Events that could not be read, up to 10,000"
    yield GaugeMetricFamily("pipenotify_events_failed", failed, value=count_failed(session))
    since = oldest_due(session)
    age = 0.0 if since is None else max((now() - since).total_seconds(), 0.0)
    oldest = "Age of the oldest due event or delivery"
    yield GaugeMetricFamily("pipenotify_oldest_due_seconds", oldest, value=age)


def _measured(session: Session) -> Iterator[Metric]:
    measured = read_measurements(session)
    attempts = CounterMetricFamily("pipenotify_attempts", "Attempts to send, by result", labels=["outcome"])
    for outcome in AttemptOutcome:
        attempts.add_metric([outcome], measured.get(ATTEMPTS, {}).get(outcome, 0.0))
    yield attempts
    words = "Cards that arrived, by the kind of their destination"
    sent = CounterMetricFamily("pipenotify_sent", words, labels=["channel"])
    for kind in SENT_KINDS:
        sent.add_metric([kind], measured.get(SENT, {}).get(kind, 0.0))
    yield sent
    seconds = measured.get(DELIVERY_SECONDS, {})
    took = HistogramMetricFamily("pipenotify_delivery_seconds", "From a webhook's 2xx to its card in Chat")
    took.add_metric([], buckets(seconds), sum_value=seconds.get(SUM, 0.0))
    yield took
    yield from _last_hour(read_last_hour(measured))
    yield from _read(kept_read_rate(measured))


def _last_hour(counted: LastHour | None) -> Iterator[Metric]:
    """Yield how the last hour fared that a worker counted; nothing where none has."""
    if counted is None:
        return
    words = "Cards that ended in the last hour, by how; a worker counts them every five minutes"
    ended = GaugeMetricFamily("pipenotify_last_hour_deliveries", words, labels=["outcome"])
    for outcome in ("total", "successful", "failed"):
        ended.add_metric([outcome], getattr(counted, outcome))
    yield ended
    if counted.success_rate is not None:
        words = "The part of these that succeeded, from 0 to 1"
        yield GaugeMetricFamily("pipenotify_last_hour_success_ratio", words, value=counted.success_rate)
    if counted.response_s is not None:
        words = "How long Chat took on average to accept one"
        yield GaugeMetricFamily("pipenotify_last_hour_response_seconds", words, value=counted.response_s)
    name, words = "pipenotify_last_hour_timestamp_seconds", "When they were counted"
    yield GaugeMetricFamily(name, words, value=counted.at.timestamp())


def _read(counted: ReadRate | None) -> Iterator[Metric]:
    """Yield how much of what came into inboxes was read; nothing where no worker has counted."""
    if counted is None:
        return
    words = "Notifications that came into inboxes in the last day, and those of them that were read"
    inbox = GaugeMetricFamily("pipenotify_last_day_inbox", words, labels=["what"])
    for what in ("came", "read"):
        inbox.add_metric([what], getattr(counted, what))
    yield inbox
    if counted.rate is not None:
        words = "The part of these that was read, from 0 to 1"
        yield GaugeMetricFamily("pipenotify_last_day_read_ratio", words, value=counted.rate)


def _workers(session: Session) -> Iterator[Metric]:
    at, found = now(), list_workers(session)
    living = [each for each in found if is_alive(each, at)]
    yield GaugeMetricFamily("pipenotify_workers", "Workers that are alive", value=len(living))
    reaching = sum(not each.problem for each in living)
    yield GaugeMetricFamily("pipenotify_workers_with_redis", "Of these, who reach Redis", value=reaching)
    ages = GaugeMetricFamily(
        "pipenotify_worker_seen_seconds", "Since a worker's last heartbeat", labels=["worker"]
    )
    for each in found:
        age = max((at - each.seen_at).total_seconds(), 0.0)
        ages.add_metric([f"{each.host}:{each.pid}:{each.id[:8]}"], age)
    yield ages
    if (since := clock_age(session, at)) is not None:
        words = "Since a worker last ran the jobs of its clock"
        yield GaugeMetricFamily("pipenotify_clock_seen_seconds", words, value=since.total_seconds())


def _destinations(session: Session) -> Iterator[Metric]:
    not_posting = GaugeMetricFamily(
        "pipenotify_destinations_paused", "Destinations where nothing is posted, and why", labels=["state"]
    )
    for why, count in state.count_paused(session).items():
        not_posting.add_metric([why], count)
    yield not_posting
    names = ["tenant", "destination", "kind", "state"]
    named = GaugeMetricFamily("pipenotify_destination_paused", "One of these; at most 50", labels=names)
    for tenant_id, destination_id, kind, why in state.paused_destinations(session):
        named.add_metric([str(tenant_id), str(destination_id), kind, why], 1)
    yield named
    failing = GaugeMetricFamily(
        "pipenotify_destination_failing",
        "A destination whose breaker is open or half-open; at most 50",
        labels=["tenant", "destination", "state"],
    )
    for each in all_failing(session, state.MOST_NAMED):
        failing.add_metric([str(each.tenant_id), str(each.destination_id), each.state(now())], 1)
    yield failing


def _connections(session: Session, daily_tokens: int) -> Iterator[Metric]:
    connections = GaugeMetricFamily(
        "pipenotify_connections", "Connections to Pipedrive by state, up to 10,000", labels=["state"]
    )
    for name, count in state.count_connections(session).items():
        connections.add_metric([name], count)
    yield connections
    words = "People whose own connection to Pipedrive works, up to 10,000"
    yield GaugeMetricFamily("pipenotify_personal_connections", words, value=state.count_personal(session))
    left = GaugeMetricFamily(
        "pipenotify_pipedrive_tokens_left",
        "What is left today of PIPEDRIVE_DAILY_TOKENS; the 50 tenants with least",
        labels=["tenant"],
    )
    for tenant_id, spent in state.most_spent(session, now().date()):
        left.add_metric([str(tenant_id)], max(daily_tokens - spent, 0))
    yield left


def _synthetic(session: Session) -> Iterator[Metric]:
    """Yield how the synthetic events fare; nothing where there never was one."""
    found = read_synthetic(session)
    if found is None:
        return
    if found.arrived_at is not None and found.seconds is not None:
        name = "pipenotify_synthetic_last_success_timestamp_seconds"
        yield GaugeMetricFamily(
            name, "When a synthetic event last arrived", value=found.arrived_at.timestamp()
        )
        yield GaugeMetricFamily("pipenotify_synthetic_seconds", "How long that one took", value=found.seconds)
    waits = (now() - found.waiting_since).total_seconds() if found.waiting_since else 0.0
    words = "For how long the oldest one since then has been on its way"
    yield GaugeMetricFamily("pipenotify_synthetic_waiting_seconds", words, value=max(waits, 0.0))


def _backup(session: Session) -> Iterator[Metric]:
    """Yield the age of the last daily backup, and whether one is missed; nothing where none is wanted."""
    at = now()
    if not is_wanted(session, at):
        return
    if (last := last_backup(session, at)) is not None:
        words = "Since the moment whose state the last daily backup holds"
        age = max((at - last).total_seconds(), 0.0)  # clocks differ a little
        yield GaugeMetricFamily("pipenotify_backup_age_seconds", words, value=age)
    words = "1 where the last daily backup is older than 26 hours, or there is none although there should be"
    yield GaugeMetricFamily("pipenotify_backup_missing", words, value=bool(find_old_backup(session, at)))


def exposition(database: Database, daily_tokens: int, folders: Iterable[Path] = ()) -> bytes:
    """Return Prometheus' text format. If the database is down, it still has what this process knows.

    `folders` are those of ours whose disks are to have room.
    """
    machine = CollectorRegistry(auto_describe=False)
    machine.register(_Machine(database, folders))
    text = generate_latest(COUNTERS) + generate_latest(machine)
    gauges = CollectorRegistry(auto_describe=False)
    try:
        gauges.register(_Record(database, daily_tokens))
        return text + generate_latest(gauges)
    except DatabaseUnavailable:
        return text
