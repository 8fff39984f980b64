"""Says in words what is wrong with an installation. It changes nothing and asks no other server.

What only a worker can know, whether Redis answers, is taken from the workers' reports.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from models.clock import now
from models.database import migrate
from models.database.engine import Database, ping
from models.deliveries.counts import count_by_state
from models.deliveries.replay_events import count_failed
from models.errors import AppError
from models.operating import state
from models.operating.alerts.rules import LATE_NO_MORE
from models.operating.backlog import oldest_due
from models.operating.backup_age import find_old_backup, is_wanted, last_backup
from models.operating.check_settings import check_settings
from models.operating.disks import own_folders, room
from models.operating.finding import NOTE, OK, WRONG, Finding
from models.operating.synthetic import find_missing, read_synthetic
from models.operating.workers import CLOCK_WITHIN, clock_age, is_alive, list_workers
from models.security.installed_keys import has_installed_key
from models.settings import Settings
from models.tables.deliveries import DeliveryState


def check(database: Database, settings: Settings) -> Iterator[Finding]:
    """Yield what was found, part by part; without the database, only what can be known without."""
    yield from check_settings(settings)
    yield from _disk(database, settings)
    found = list(_database(database))
    yield from found
    if any(each.level == WRONG for each in found):
        return
    upkeep = (_keys, _workers, _due, _synthetic, _backups)
    for part in (*upkeep, _connections, _webhooks, _destinations, _failed):
        yield from _guarded(part, database, settings)


def _guarded(
    part: Callable[[Database, Settings], Iterator[Finding]], database: Database, settings: Settings
) -> Iterator[Finding]:
    try:
        yield from part(database, settings)
    except AppError as refused:
        yield Finding(part.__name__.strip("_"), WRONG, str(refused))


def _disk(database: Database, settings: Settings) -> Iterator[Finding]:
    for folder in own_folders(database, settings):
        is_full, words = room(folder)
        yield Finding("disk", WRONG if is_full else OK, words + (": make room" if is_full else ""))


def _database(database: Database) -> Iterator[Finding]:
    kind = "SQLite" if database.is_sqlite else "PostgreSQL"
    try:
        found = migrate.current(database)
        if found is None:
            words = "it is empty: `python -m models upgrade` makes the tables"
            yield Finding("database", WRONG, words)
            return
        if found != migrate.head():
            words = (
                f"it is at revision {found} and this code at {migrate.head()}: `python -m models upgrade`"
                if migrate.is_known(found)
                else f"it is of a newer release ({found}, not {migrate.head()}): run that release"
            )
            yield Finding("database", WRONG, words)
            return
        ping(database)
    except AppError as away:
        yield Finding("database", WRONG, str(away))
        return
    yield Finding("database", OK, f"{kind} at revision {found}, takes writes")


def _keys(database: Database, settings: Settings) -> Iterator[Finding]:
    with database.reading_all() as session:
        fits = has_installed_key(session, settings.encryption_keys)
    words = "its secrets need a key that ENCRYPTION_KEYS has not: add the old key, or docs/operating.md, Keys"
    yield Finding("keys", OK, "they open the database's secrets") if fits else Finding("keys", WRONG, words)


def _workers(database: Database, settings: Settings) -> Iterator[Finding]:
    at = now()
    with database.reading_all() as session:
        found, age = list_workers(session), clock_age(session, at)
    living = [each for each in found if is_alive(each, at)]
    if not living:
        words = "none was alive within 30 seconds: nothing is sent. Start one by `python -m jobs`"
        yield Finding("workers", WRONG, words)
        return
    for each in (each for each in found if each not in living):
        words = f"{each.host}:{each.pid} died at {each.seen_at:%H:%M} UTC without ending"
        yield Finding("workers", NOTE, words)
    for each in (each for each in living if each.release != migrate.head()):
        words = f"{each.host}:{each.pid} runs another release (revision {each.release})"
        yield Finding("workers", NOTE, words)
    yield Finding("workers", OK, f"{len(living)} alive")
    if age is not None and age > CLOCK_WITHIN:
        words = (
            f"it stopped {age // timedelta(minutes=1)} minutes ago: digests, held cards and word of stalled "
            "deals wait. See part.ended and background.hangs in the log of a worker, and start that again"
        )
        yield Finding("clock", WRONG, words)
    name = "Redis" if settings.redis_url else "embedded Redis"
    without = [f"{each.host}:{each.pid}" for each in living if each.problem]
    if without:
        words = f"{', '.join(without)} cannot reach it: cards go out, up to two seconds later"
        yield Finding(name, WRONG, words)
    else:
        yield Finding(name, OK, "every worker reaches it")


def _due(database: Database, _settings: Settings) -> Iterator[Finding]:
    with database.reading_all() as session:
        age = now() - (oldest_due(session) or now())
    if age > LATE_NO_MORE:
        words = f"the oldest thing that is due waits for {age.total_seconds():,.0f} s: see the workers' logs"
        yield Finding("backlog", WRONG, words)
    else:
        yield Finding("backlog", OK, "nothing waits for longer than a minute")


def _synthetic(database: Database, settings: Settings) -> Iterator[Finding]:
    name, every = "synthetic event", timedelta(minutes=settings.synthetic_every_minutes)
    if not every:
        yield Finding(name, OK, "switched off: SYNTHETIC_EVERY_MINUTES is 0")
        return
    with database.reading_all() as session:
        missing, found = find_missing(session, now(), every), read_synthetic(session)
    if missing:
        yield Finding(name, WRONG, missing)
    elif found is None or found.arrived_at is None:
        yield Finding(name, NOTE, "the first is not there yet: a worker stores it within seconds")
    else:
        words = f"the last one arrived at {found.arrived_at:%H:%M} UTC, in {found.seconds:.1f} s"
        yield Finding(name, OK, words)


def _backups(database: Database, settings: Settings) -> Iterator[Finding]:
    name, at = "backups", now()
    with database.reading_all() as session:
        wanted, last = is_wanted(session, at), last_backup(session, at)
        old = find_old_backup(session, at)
    if not wanted and settings.backup_folder is None:
        yield Finding(name, OK, "no daily ones: no worker has had BACKUP_FOLDER in the last three days")
    elif not wanted:
        words = (
            "none is made: no worker with BACKUP_FOLDER has run in the last three days. Start it with that"
        )
        yield Finding(name, NOTE, words)
    elif old:
        yield Finding(name, WRONG, f"{old} See backup.failed in the logs of the workers with BACKUP_FOLDER")
    elif last is None:
        yield Finding(name, NOTE, "the first is not there yet: a worker with BACKUP_FOLDER makes it")
    else:
        is_young = old is not None
        words = "" if is_young else ", and a worker with BACKUP_FOLDER makes the next one"
        yield Finding(name, OK if is_young else NOTE, f"the last one is of {last:%Y-%m-%d %H:%M} UTC{words}")


def _connections(database: Database, _settings: Settings) -> Iterator[Finding]:
    with database.reading_all() as session:
        counted, problems = state.count_connections(session), state.connection_problems(session)
    for tenant, words in problems:
        yield Finding("connections", WRONG, f"{tenant}: {words}")
    if not problems:
        total = sum(counted.values())
        yield Finding("connections", OK, f"{total} to Pipedrive" if total else "none to Pipedrive yet")


def _webhooks(database: Database, _settings: Settings) -> Iterator[Finding]:
    with database.reading_all() as session:
        problems = state.webhook_problems(session)
    for tenant, words in problems:
        yield Finding("webhooks", WRONG, f"{tenant}: {words}")
    if not problems:
        yield Finding("webhooks", OK, "none has a problem that is known")


def _destinations(database: Database, _settings: Settings) -> Iterator[Finding]:
    with database.reading_all() as session:
        refused, failing = state.refused_destinations(session), state.failing_destinations(session)
    for tenant, name, words in failing:
        yield Finding("destinations", NOTE, f"{tenant}: {name} fails {words}; it is tried again each minute")
    for tenant, name, why in refused:
        words = f"{tenant}: Chat refuses {name} ({why}); /pipenotify space resume, once that is mended"
        yield Finding("destinations", WRONG, words)
    if not refused:
        yield Finding("destinations", OK, "Chat refuses none")


def _failed(database: Database, _settings: Settings) -> Iterator[Finding]:
    with database.reading_all() as session:
        failed, dead = count_failed(session), count_by_state(session).get(DeliveryState.DEAD, 0)
    if failed:
        words = f"{failed:,} could not be read: `python -m models replay TENANT --events --dry-run`"
        yield Finding("events", WRONG, words)
    if dead:
        words = f"{dead:,} dead letters: `python -m models replay TENANT --dry-run` shows them"
        yield Finding("deliveries", NOTE, words)
