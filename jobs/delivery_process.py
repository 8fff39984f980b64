"""The process that delivers: an RQ worker that continues to deliver while Redis is down."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from typing import Any, Final

import redis
import structlog

from jobs import drain
from jobs.loop import PollingLoop
from jobs.process.embedded_redis import EmbeddedRedis
from jobs.process.health_server import HealthServer
from jobs.queue import INTERRUPTIONS, wake, worker
from jobs.scheduled.report_worker import WorkerReport
from jobs.sweeper import Sweeper
from jobs.timetable import jobs_of_delivery
from jobs.warm_up import rehearse
from jobs.wiring import Engine, the_engine
from models.operating.checkpointer import EVERY_S as CHECKPOINTS_EVERY_S
from models.operating.checkpointer import Checkpointer
from models.operating.measurements import MEASUREMENTS

WITHOUT_REDIS_S: Final = 2.0

log = structlog.get_logger()


def run_delivery(report_ready: Callable[[], None], *, is_first: bool, listens: bool = False) -> None:
    """Deliver until SIGTERM, which releases the claims. `listens`: also answer HTTP on HOST:PORT.

    `report_ready` is called once it is about to. The first process of a worker reports that the worker lives;
    the others help it while it is late.
    """
    engine = the_engine()
    settings = engine.settings
    embedded = None if settings.redis_url else EmbeddedRedis(settings.pipenotify_data)
    for stop in (signal.SIGTERM, signal.SIGINT):
        signal.signal(stop, _stop_draining)
    if embedded is not None:
        embedded.ensure()
    report = WorkerReport(engine.database, engine.redis) if is_first else None
    jobs = jobs_of_delivery(engine.database, embedded, report)
    sweeper = Sweeper(jobs, settings.sweep_every_s, drain.stopping.is_set)
    beside: list[Sweeper | PollingLoop | HealthServer] = [
        sweeper,
        PollingLoop("checkpoints", Checkpointer(engine.database).step, CHECKPOINTS_EVERY_S),
    ]
    if listens:
        beside.append(HealthServer(settings.host, settings.port, sweeper.is_healthy))
    for each in beside:
        each.start()
    engine.deliver.sender.loop.start()
    rehearse(engine.database, engine.step)
    sweeper.wait_for_first()
    report_ready()
    log.info("delivery.ready", redis="embedded" if embedded else "external")
    try:
        while not drain.stopping.is_set():
            _serve_queue(engine)
    finally:
        for each in beside:
            each.stop()
        _end(engine, embedded, report)


def _end(engine: Engine, embedded: EmbeddedRedis | None, report: WorkerReport | None) -> None:
    MEASUREMENTS.store_if_possible(engine.database)
    if report is not None:
        report.end()
    if embedded is not None:
        embedded.stop()
    engine.close()
    log.info("delivery.ended")


def _stop_draining(_signum: int, _frame: Any) -> None:
    drain.stop()


def _serve_queue(engine: Engine) -> None:
    """Serve the queue; while Redis is away, drain without it."""
    try:
        wake(engine.redis)  # to look for what came while nobody did, and to be there when more comes
        served = worker(engine.redis)
        served.on_stop, served.is_stopping = drain.stop, drain.stopping.is_set
        served.work(logging_level="WARNING")
    except (redis.RedisError, OSError) as away:
        log.warning("redis.away", why=type(away).__name__)
        drain.Drain(engine).run(WITHOUT_REDIS_S)
        time.sleep(0.1)
    except INTERRUPTIONS:  # a signal as RQ began to listen
        log.debug("queue.interrupted")
