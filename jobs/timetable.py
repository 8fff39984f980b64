"""The timetable: every job that runs by the clock, one row each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final

from jobs.alerts.last_hour import EVERY_S, LastHourFigure
from jobs.alerts.synthetic import SyntheticEvents
from jobs.backups.wanted import note_backups_wanted
from jobs.encryption.change_rows import change_rows
from jobs.leads.look_at_leads import look_at_leads
from jobs.leads.route_leads import Routing
from jobs.nudges.ask import Nudges
from jobs.process.embedded_redis import EmbeddedRedis
from jobs.recipients.address import RecordRecipients
from jobs.scheduled.clear_removed import delete_unnamed, forget_removed_people, skip_held
from jobs.scheduled.digests import Digests
from jobs.scheduled.fall_back import fall_back
from jobs.scheduled.heal_lanes import heal_lanes
from jobs.scheduled.mutes import Mutes
from jobs.scheduled.notify_of_limits import notify_of_limits
from jobs.scheduled.prune import Pruning
from jobs.scheduled.release_held import HeldDeliveries
from jobs.scheduled.release_over_quota import OverQuota, warn_of_quota
from jobs.scheduled.report_worker import WorkerReport, record_clock
from jobs.scheduled.reports import ScheduledReports
from jobs.scheduled.restart_redis import restart_redis
from jobs.scheduled.roll_up_figures import FigureRollUp
from jobs.scheduled.sum_up_counts import sum_up_counts
from jobs.scheduled.sum_up_stalled import sum_up_stalled
from jobs.scheduled.summary_cards import SummaryCards
from jobs.scheduled.tell_stalled import tell_stalled
from jobs.scheduled.truncate_wal import truncate_large_wal
from jobs.scheduled.wake_drain import wake_drain
from jobs.waits.due import Waits
from jobs.wiring import Engine
from models.database.engine import Database
from models.operating.measurements import MEASUREMENTS
from models.operating.statistics import drop_statistics
from models.rules.rulesets import Rulesets
from models.settings import Settings

EACH_SWEEP: Final = 0.0
HOURLY: Final = 3600.0
DAILY: Final = 24 * 3600.0
AFTER_START_S: Final = 60.0  # what came while no worker ran is sent first


@dataclass(frozen=True, slots=True)
class ScheduledJob:
    """A job that runs in every worker `starts_after_s` after its start, and again `every_s` seconds later.

    When `run` returns True, there is more to do, and it runs again at the next sweep. It should take moments:
    the other jobs wait for it.
    """

    name: str
    every_s: float
    run: Callable[[], bool | None]
    starts_after_s: float = 0.0


def jobs_of_delivery(
    database: Database, embedded: EmbeddedRedis | None, report: WorkerReport | None
) -> list[ScheduledJob]:
    """Return the jobs of a process that delivers: only what is about that process itself."""
    reports = [ScheduledJob("report that the worker lives", 5.0, report.run)] if report else []
    return [
        ScheduledJob("restart redis", EACH_SWEEP, partial(restart_redis, embedded)),
        *reports,
        ScheduledJob("store measurements", 5.0, partial(MEASUREMENTS.store, database)),
    ]


def timetable(engine: Engine) -> list[ScheduledJob]:
    """Return all other jobs, in the order in which a sweep runs them."""
    database, settings = engine.database, engine.settings
    held = HeldDeliveries(database, Rulesets(settings.rules_fresh_s))
    over_quota = OverQuota(database, Rulesets(settings.rules_fresh_s))
    cards = SummaryCards(database, engine.names, Rulesets(settings.rules_fresh_s))
    mutes, digests = Mutes(database, cards), Digests(database, cards)
    waits = Waits(database)
    recipients = RecordRecipients(database, Rulesets(settings.rules_fresh_s), engine.followers)
    synthetic = SyntheticEvents(database, engine.redis, settings.synthetic_every_minutes)
    return [
        ScheduledJob("store measurements", 5.0, partial(MEASUREMENTS.store, database)),
        ScheduledJob("record that the clock runs", 10.0, partial(record_clock, database)),
        ScheduledJob("heal lanes", 30.0, partial(heal_lanes, database)),
        ScheduledJob("release held deliveries", EACH_SWEEP, held.release_due),
        ScheduledJob("release what was over quota", 2.0, over_quota.release_due),
        ScheduledJob("carry out mutes", EACH_SWEEP, mutes.run),
        ScheduledJob("send scheduled reports", 10.0, ScheduledReports(database, cards, engine.pipedrive).run),
        ScheduledJob("send digests", EACH_SWEEP, digests.run),
        ScheduledJob("write to people of records", EACH_SWEEP, recipients.run),
        ScheduledJob("carry out waits", EACH_SWEEP, waits.run_due),
        ScheduledJob("end waits early", 15.0, waits.end_met),
        ScheduledJob("skip what is held for removed destinations", 10.0, partial(skip_held, database)),
        ScheduledJob("send to fallbacks", 5.0, partial(fall_back, database)),
        ScheduledJob("tell of stalled deals", 10.0, partial(tell_stalled, database)),
        ScheduledJob("look at leads", EACH_SWEEP, partial(look_at_leads, database, engine.lead_deals)),
        ScheduledJob("route leads", EACH_SWEEP, Routing(database).run),
        ScheduledJob("sum up stalled deals", 20.0, partial(sum_up_stalled, database)),
        ScheduledJob("ask for what deals lack", 5.0, Nudges(database).run),
        ScheduledJob("warn of quota", 10.0, partial(warn_of_quota, database)),
        ScheduledJob("notify of limits", 60.0, partial(notify_of_limits, database, settings)),
        ScheduledJob("roll up figures", 60.0, FigureRollUp(database).run),
        ScheduledJob("count the last hour", EVERY_S, LastHourFigure(database).run),
        ScheduledJob("wake a drain", EACH_SWEEP, partial(wake_drain, database, engine.redis)),
        ScheduledJob("store a synthetic event", 10.0, synthetic.run),
        *_upkeep(database, settings),
    ]


def _upkeep(database: Database, settings: Settings) -> list[ScheduledJob]:
    """Return the jobs that send nothing: what the database notes, sums up and no longer keeps."""
    return [
        ScheduledJob("note that backups are wanted", 60.0, partial(note_backups_wanted, database, settings)),
        ScheduledJob("encrypt contact details", 2.0, partial(change_rows, database)),
        ScheduledJob("sum up counts", HOURLY, partial(sum_up_counts, database)),
        ScheduledJob("delete removed rows", HOURLY, partial(delete_unnamed, database)),
        ScheduledJob("forget removed people", HOURLY, partial(forget_removed_people, database)),
        ScheduledJob("drop statistics of SQLite", 60.0, partial(drop_statistics, database)),
        ScheduledJob("truncate the WAL", 30.0, partial(truncate_large_wal, database)),
        ScheduledJob("prune", DAILY, Pruning(database, settings.keep_days).delete_batch, AFTER_START_S),
    ]
