"""A worker process: an RQ worker and the sweeper; it continues to deliver while Redis is down."""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from typing import Any, Final

import redis
import structlog

from jobs import drain
from jobs.alerts.send import AlertSender
from jobs.alerts.watch import AlertWatch
from jobs.connections.backfill import BackfillJob
from jobs.connections.check import ConnectionChecker
from jobs.connections.open_lists import OpenListJob
from jobs.loop import PollingLoop
from jobs.process.embedded_redis import EmbeddedRedis
from jobs.process.health_server import HealthServer
from jobs.queue import worker
from jobs.scheduled.report_worker import WorkerReport
from jobs.sweeper import Sweeper
from jobs.timetable import timetable
from jobs.warm_up import warm_up
from jobs.wiring import Engine, the_engine
from models.operating.checkpointer import EVERY_S as CHECKPOINTS_EVERY_S
from models.operating.checkpointer import Checkpointer

WITHOUT_REDIS_S: Final = 2.0
WRITERS: Final = 3  # so that a slow Pipedrive of one tenant does not hold up the presses of others

log = structlog.get_logger()


def run(*, listens: bool = False) -> None:
    """Work until SIGTERM or Ctrl-C, which release the claims and end the process.

    `listens`: also answer HTTP on HOST:PORT, for platforms that run nothing else.
    """
    engine = the_engine()
    settings = engine.settings
    embedded = None if settings.redis_url else EmbeddedRedis(settings.pipenotify_data)
    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, _stop_draining)
    if embedded is not None:
        embedded.ensure()
    warm_up(engine.database, engine.rulesets)
    report = WorkerReport(engine.database, engine.redis)
    sweeper = Sweeper(timetable(engine, embedded, report), settings.sweep_every_s)
    sweeper.start()
    loops = _polling_loops(engine)
    for loop in loops:
        loop.start()
    health = HealthServer(settings.host, settings.port, sweeper.is_healthy) if listens else None
    if health is not None:
        health.start()
    log.info("worker.ready", redis="embedded" if embedded else "external")
    try:
        while not drain.stopping.is_set():
            _serve_queue(engine)
    finally:
        _stop_all([sweeper, *loops])
        if health is not None:
            health.stop()
        report.end()
        if embedded is not None:
            embedded.stop()
        engine.close()
        log.info("worker.ended")


def _polling_loops(engine: Engine) -> list[PollingLoop]:
    """Return the loops that call Pipedrive and Chat beside the queue, each in a thread of its own."""
    checker = ConnectionChecker(engine.database, engine.vault, engine.settings, engine.pipedrive)
    backfills = BackfillJob(engine.database, engine.settings, engine.pipedrive)
    writers = [PollingLoop(f"card-actions-{number}", engine.card_actions.step) for number in range(WRITERS)]
    open_lists = OpenListJob(engine.database, engine.pipedrive)
    alerts = AlertWatch(engine.database, engine.settings, AlertSender(engine.settings))
    return [
        PollingLoop("alerts", alerts.step),
        PollingLoop("connection-checks", checker.step),
        PollingLoop("backfills", backfills.step),
        PollingLoop("open-lists", open_lists.step),
        PollingLoop("intake", engine.intake.step),
        PollingLoop("imports", engine.imports.step),
        PollingLoop("card-copies", engine.card_copies.step),
        PollingLoop("thread-lines", engine.thread_lines.step),
        PollingLoop("checkpoints", Checkpointer(engine.database).step, CHECKPOINTS_EVERY_S),
        *writers,
    ]


def _stop_all(threads: Sequence[Sweeper | PollingLoop]) -> None:
    for each in threads:
        each.stop()


def _stop_draining(_signum: int, _frame: Any) -> None:
    drain.stop()


def _serve_queue(engine: Engine) -> None:
    """Serve the queue; while Redis is away, drain without it."""
    try:
        engine.redis.ping()
        served = worker(engine.redis)
        served.on_stop = drain.stop
        served.work(logging_level="WARNING")
    except (redis.RedisError, OSError) as away:
        log.warning("redis.away", why=type(away).__name__)
        drain.Drain(engine).run(WITHOUT_REDIS_S)
        time.sleep(0.1)
