"""A worker process: an RQ worker with the clock, which goes on when Redis does not."""

from __future__ import annotations

import signal
import time
from typing import Any, Final

import redis
import structlog

from jobs import drain
from jobs.connections.backfill import CatchUps
from jobs.connections.check import Caretaker
from jobs.loop import Rounds
from jobs.process.embedded_redis import EmbeddedRedis
from jobs.process.health_server import Listener
from jobs.queue import worker
from jobs.sweeper import Clock
from jobs.wiring import Carrier, the_carrier
from models.database.migrate import prepare

WITHOUT_REDIS_S: Final = 2.0

log = structlog.get_logger()


def run(*, listens: bool = False) -> None:
    """Carry until told to stop: SIGTERM or Ctrl-C hand the claims back and end the process.

    `listens`: also answer HTTP on HOST:PORT, for platforms that run nothing else.
    """
    carrier = the_carrier()
    prepare(carrier.database)
    settings = carrier.settings
    embedded = None if settings.redis_url else EmbeddedRedis(settings.pipenotify_data)
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    if embedded is not None:
        embedded.ensure()
    clock = Clock(carrier, embedded)
    clock.start()
    rounds = _rounds(carrier)
    for each in rounds:
        each.start()
    listener = Listener(settings.host, settings.port, clock.is_ticking) if listens else None
    if listener is not None:
        listener.start()
    log.info("worker.ready", redis="embedded" if embedded else "external")
    try:
        while not drain.stopping.is_set():
            _work(carrier)
    finally:
        clock.stop()
        for each in rounds:
            each.stop()
        if listener is not None:
            listener.stop()
        if embedded is not None:
            embedded.stop()
        carrier.database.close()
        log.info("worker.ended")


def _rounds(carrier: Carrier) -> list[Rounds]:
    """Return what asks Pipedrive beside the queue, each in a thread of its own."""
    caretaker = Caretaker(carrier.database, carrier.vault, carrier.settings, carrier.pipedrive)
    catch_ups = CatchUps(carrier.database, carrier.settings, carrier.pipedrive)
    return [Rounds("care", caretaker.step), Rounds("catch-up", catch_ups.step)]


def _stop(_signum: int, _frame: Any) -> None:
    drain.stopping.set()


def _work(carrier: Carrier) -> None:
    """Serve the queue; while Redis is away, drain without it."""
    try:
        carrier.redis.ping()
        served = worker(carrier.redis)
        served.on_stop = drain.stopping.set
        served.work(logging_level="WARNING")
    except (redis.RedisError, OSError) as away:
        log.warning("redis.away", why=type(away).__name__)
        drain.Drain(carrier).run(WITHOUT_REDIS_S)
        time.sleep(0.1)
