"""The commands of `python -m models` for operators: check, backup, restore, copy, plan, audit."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from models.accounts.features import Feature, lacking_in, switch_features
from models.accounts.queries import tenant_id_of
from models.database import migrate
from models.database.engine import Database
from models.database.tls import UnverifiedServer
from models.errors import AppError, InvalidRequest
from models.maintenance.retention import plan_days, set_plan_days
from models.operating.backups.make import back_up
from models.operating.backups.pieces import stopped_by_signals
from models.operating.backups.restore import restore
from models.operating.check import check
from models.operating.copy_database import copy_database
from models.operating.finding import NOTE, WRONG
from models.operating.replays import up_to
from models.security.audit import Auditor
from models.settings import MOST_DAYS, Settings
from models.tables.accounts import Tenant
from models.tables.audit import AuditEntry


def add_commands(commands: Any) -> None:
    """Add the commands to those of `python -m models`; each yields its lines of text."""
    checking = commands.add_parser("check", help="say what is wrong with this installation")
    checking.set_defaults(run=_check)
    backups = commands.add_parser("backup", help="write a backup while everything runs")
    backups.add_argument("file", type=Path, metavar="FILE")
    backups.add_argument("--encrypt", action="store_true", help="with the newest of ENCRYPTION_KEYS")
    backups.set_defaults(run=_back_up)
    restoring = commands.add_parser("restore", help="bring the database to the state of a backup")
    restoring.add_argument("file", type=Path, metavar="FILE")
    restoring.add_argument("--replace", action="store_true", help="lose what is in the database now (SQLite)")
    restoring.set_defaults(run=_restore)
    copying = commands.add_parser("copy", help="copy the database into an empty one, as to PostgreSQL")
    copying.add_argument("url", metavar="URL", help="like DATABASE_URL: postgresql+psycopg://...")
    copying.set_defaults(run=_copy)
    plans = commands.add_parser("plan", help="say or switch what the tenants of a plan have")
    plans.add_argument("plan", metavar="NAME")
    plans.add_argument("--off", default="", metavar="FEATURES", help="as digests,templates")
    plans.add_argument("--on", default="", metavar="FEATURES")
    most = up_to(MOST_DAYS, "number of days")
    plans.add_argument("--keep-days", type=most, metavar="N", help="history is kept so long at most")
    plans.set_defaults(run=_plan)
    auditing = commands.add_parser("audit", help="check that nobody changed the audit trail")
    auditing.add_argument("what", choices=("verify",))
    auditing.add_argument("tenant", nargs="?", help="of this tenant alone")
    auditing.set_defaults(run=_verify_audit)


def _check(database: Database, settings: Settings, _options: argparse.Namespace) -> Iterator[str]:
    counted = {WRONG: 0, NOTE: 0}
    for finding in check(database, settings):
        yield finding.as_line()
        counted[finding.level] = counted.get(finding.level, 0) + 1
    if counted[WRONG]:
        raise AppError(f"{counted[WRONG]} wrong, {counted[NOTE]} to note")


def _back_up(database: Database, settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    keys = settings.encryption_keys if options.encrypt else None
    with stopped_by_signals() as is_stopped:
        yield from back_up(database, options.file, keys, is_stopped)


def _restore(database: Database, settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    keys = settings.encryption_keys
    with stopped_by_signals() as is_stopped:
        yield from restore(database, options.file, keys, replace=options.replace, is_stopped=is_stopped)


def _copy(database: Database, settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    if not options.url.startswith(("sqlite:///", "postgresql+psycopg://")):
        raise InvalidRequest("the URL should be sqlite:///... or postgresql+psycopg://...")
    if options.url == settings.database_url:
        raise InvalidRequest("this is the database of DATABASE_URL itself")
    try:
        target = Database(options.url)
    except UnverifiedServer as refused:
        raise InvalidRequest(f"the URL should be {refused}") from refused
    try:
        yield from copy_database(database, target)
    finally:
        target.close()


def _plan(database: Database, settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    migrate.prepare(database)
    off, on = _features(options.off), _features(options.on)
    if off or on:
        with database.writing_all() as session:
            switch_features(session, options.plan, off, on)
    if options.keep_days is not None:
        with database.writing_all() as session:
            set_plan_days(session, options.plan, options.keep_days)
    with database.reading_all() as session:
        lacking, days = lacking_in(session, options.plan), plan_days(session, options.plan)
    for each in Feature:
        yield f"{each}: {'off' if each in lacking else 'on'}"
    yield f"history: kept for at most {min(days or settings.keep_days, settings.keep_days)} days"


def _features(given: str) -> list[Feature]:
    """Read `digests,templates`. Raises InvalidRequest for what is no feature."""
    names = [name.strip() for name in given.split(",") if name.strip()]
    if strange := [name for name in names if name not in tuple(Feature)]:
        raise InvalidRequest(f"there is no feature {strange[0]!r}; there are {', '.join(Feature)}")
    return [Feature(name) for name in names]


def _verify_audit(database: Database, settings: Settings, options: argparse.Namespace) -> Iterator[str]:
    """Check one trail or all of them. Raises AppError if one was changed."""
    migrate.prepare(database)
    auditor, broken = Auditor(settings.secret_key), 0
    with database.reading_all() as session:
        only = None if options.tenant is None else tenant_id_of(session, options.tenant)
        named = select(Tenant.id, Tenant.name).where(~Tenant.is_internal).order_by(Tenant.name)
        tenants = session.execute(named if only is None else named.where(Tenant.id == only)).all()
    for tenant_id, name in tenants:
        with database.reading(tenant_id) as session:
            mine = AuditEntry.tenant_id == tenant_id
            count = session.scalar(select(func.count(AuditEntry.id)).where(mine)) or 0
            first = auditor.first_broken(session, tenant_id)
        broken += first is not None
        entries = f"{count:,} {'entry' if count == 1 else 'entries'}"
        yield f"{name}: {entries}, " + ("unbroken" if first is None else f"broken at number {first}")
    if broken:
        raise AppError(
            "An entry was changed, removed or put in another order, or SECRET_KEY is not the one it was "
            "written with."
        )
