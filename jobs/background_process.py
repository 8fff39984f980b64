"""The process beside the one that delivers: what the clock asks for, and what takes its time."""

from __future__ import annotations

import os
import queue
import signal
from collections.abc import Callable
from contextlib import suppress
from typing import Any, Final

import structlog

from jobs.alerts.send import AlertSender
from jobs.alerts.watch import AlertWatch
from jobs.backups.daily import LOOK_EVERY_S as BACKUPS_LOOK_EVERY_S
from jobs.backups.daily import DailyBackup
from jobs.connections.backfill import BackfillJob
from jobs.connections.check import ConnectionChecker
from jobs.connections.open_lists import OpenListJob
from jobs.loop import PollingLoop, stop_all
from jobs.sweeper import Sweeper
from jobs.timetable import timetable
from jobs.wiring import Engine, the_engine
from models.database.engine import Database
from models.operating.checkpointer import EVERY_S as CHECKPOINTS_EVERY_S
from models.operating.checkpointer import Checkpointer
from models.operating.measurements import MEASUREMENTS
from models.operating.statistics import renew_statistics

WRITERS: Final = 3  # so that a slow Pipedrive of one tenant does not hold up the presses of others
LOOK_EVERY_S: Final = 5.0
NICENESS: Final = 5

log = structlog.get_logger()


def run_background(report_ready: Callable[[], None]) -> None:
    """Work until SIGTERM, or until a job of the clock hangs: then this process is started again.

    `report_ready` is called once all threads run, and the clock's jobs ran once or take long.
    """
    stops = queue.SimpleQueue[
        int
    ]()  # its put may interrupt its get in the same thread, unlike an event's set

    def stop(signum: int, _frame: Any) -> None:
        stops.put(signum)

    for each in (signal.SIGTERM, signal.SIGINT):
        signal.signal(each, stop)
    engine = the_engine()
    if not engine.database.is_sqlite:  # there, one that waits for a core may hold the only write lock
        os.nice(NICENESS)  # where the cores are busy, cards and webhooks go first
    sweeper = Sweeper(timetable(engine), engine.settings.sweep_every_s)
    loops = _polling_loops(engine)
    for thread in (sweeper, *loops):
        thread.start()
    sweeper.wait_for_first()
    report_ready()
    while not _is_stopped(stops):
        if not sweeper.is_healthy():
            log.error("background.hangs")
            break
    sweeper.stop()
    stop_all(loops)
    MEASUREMENTS.store_if_possible(engine.database)
    engine.close()


def _is_stopped(stops: queue.SimpleQueue[int]) -> bool:
    """Wait for a while; return whether a signal came."""
    with suppress(queue.Empty):
        stops.get(timeout=LOOK_EVERY_S)
        return True
    return False


def _polling_loops(engine: Engine) -> list[PollingLoop]:
    """Return the loops that call other servers or take long, each in a thread of its own."""
    checker = ConnectionChecker(engine.database, engine.vault, engine.settings, engine.pipedrive)
    backfills = BackfillJob(engine.database, engine.settings, engine.pipedrive)
    writers = [PollingLoop(f"card-actions-{number}", engine.card_actions.step) for number in range(WRITERS)]
    open_lists = OpenListJob(engine.database, engine.pipedrive)
    alerts = AlertWatch(engine.database, engine.settings, AlertSender(engine.settings))
    backups = DailyBackup(engine.database, engine.settings)
    upkeep = [] if engine.database.is_sqlite else [_statistics_loop(engine.database)]
    return [
        *upkeep,
        PollingLoop("alerts", alerts.step),
        PollingLoop("backups", backups.step, BACKUPS_LOOK_EVERY_S, backups.interrupt),
        PollingLoop("connection-checks", checker.step),
        PollingLoop("backfills", backfills.step),
        PollingLoop("open-lists", open_lists.step),
        PollingLoop("deals-of-leads", engine.lead_deals.step),
        PollingLoop("intake", engine.intake.step),
        PollingLoop("imports", engine.imports.step),
        PollingLoop("card-copies", engine.card_copies.step),
        PollingLoop("thread-lines", engine.thread_lines.step),
        PollingLoop("checkpoints", Checkpointer(engine.database).step, CHECKPOINTS_EVERY_S),
        *writers,
    ]


def _statistics_loop(database: Database) -> PollingLoop:
    def step() -> bool:
        renew_statistics(database)
        return False  # what PostgreSQL skips is found again at once

    return PollingLoop("statistics", step)
