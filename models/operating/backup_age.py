"""Whether daily backups are wanted, and how old the last one is, as the database tells all machines.

BACKUP_FOLDER may be set on one machine alone, and any worker looks for alerts. So nobody asks the looker's
own environment. A clock may have been ahead: a time that lies in the future is taken for none.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database.upsert import insert_into
from models.operating.workers import is_alive, list_workers
from models.tables.upkeep import InstallationValue

EVERY: Final = timedelta(days=1)
OLD_AFTER: Final = timedelta(hours=26)
TO_MAKE_ONE: Final = OLD_AFTER - EVERY  # from when one could be made until it is missed
WANTED_FOR: Final = timedelta(days=3)  # after a worker with BACKUP_FOLDER last looked
RENEW_AFTER: Final = timedelta(hours=1)
PAUSE_AFTER: Final = timedelta(hours=2)  # without such a look no worker with BACKUP_FOLDER ran
MOST_AHEAD: Final = timedelta(minutes=5)  # by so much clocks may differ
_LAST: Final = "last backup"
_WANTED: Final = "daily backups wanted"
_WANTED_SINCE: Final = "daily backups wanted since"


def last_backup(session: Session, at: datetime) -> datetime | None:
    """Return the moment whose state the last whole daily backup holds, None if none is known."""
    return _past(_moment(session, _LAST), at)


def is_backup_due(session: Session, at: datetime) -> bool:
    """Return whether a day is over since the last one."""
    last = last_backup(session, at)
    return last is None or at - last >= EVERY


def note_backup(session: Session, at: datetime) -> None:
    """Note that a backup is whole; `at` is the moment it was begun."""
    _note(session, _LAST, at)


def is_wanted(session: Session, at: datetime) -> bool:
    """Return whether a worker with BACKUP_FOLDER has looked in the last three days."""
    wanted = _moment(session, _WANTED)
    return wanted is not None and abs(at - wanted) < WANTED_FOR


def is_wanted_stale(session: Session, at: datetime) -> bool:
    """Return whether it should be noted again that daily backups are wanted."""
    wanted = _past(_moment(session, _WANTED), at)
    return wanted is None or at - wanted >= RENEW_AFTER


def note_wanted(session: Session, at: datetime) -> None:
    """Note that daily backups are wanted, and since when they are without a pause."""
    wanted, since = _moment(session, _WANTED), _past(_moment(session, _WANTED_SINCE), at)
    if wanted is None or since is None or at - wanted > PAUSE_AFTER:
        _note(session, _WANTED_SINCE, at)
    _note(session, _WANTED, at)


def find_old_backup(session: Session, at: datetime) -> str | None:
    """Return in words that the last daily backup is too old; empty where it is not, or none is wanted.

    None while it cannot be told: after a start, a stop or the restore of an old backup there was no time yet
    for the first one.
    """
    if not is_wanted(session, at):
        return ""
    last, could_be_made = last_backup(session, at), _could_be_made_since(session, at)
    if last is not None and at - last <= OLD_AFTER:
        return ""
    if at - could_be_made <= TO_MAKE_ONE:
        return None
    if last is None:
        hours = int((at - could_be_made).total_seconds() // 3600)
        return f"There is no daily backup, although one has been due for {hours:,} hours."
    return f"The last daily backup is {int((at - last).total_seconds() // 3600):,} hours old."


def _could_be_made_since(session: Session, at: datetime) -> datetime:
    """Return since when a backup could be made without a pause; now, where nobody can say."""
    wanted, since = (_past(_moment(session, name), at) for name in (_WANTED, _WANTED_SINCE))
    if since is None:
        return at
    if wanted is not None and at - wanted <= PAUSE_AFTER:
        return since
    # Those that make backups are gone, or everything was started just now and they have not looked yet.
    started = (each.started_at for each in list_workers(session) if is_alive(each, at))
    return max(since, min(started, default=at))


def _past(moment: datetime | None, at: datetime) -> datetime | None:
    return moment if moment is not None and moment - at <= MOST_AHEAD else None


def _moment(session: Session, name: str) -> datetime | None:
    value = session.scalar(select(InstallationValue.value).where(InstallationValue.name == name))
    return datetime.fromisoformat(value) if value else None


def _note(session: Session, name: str, at: datetime) -> None:
    row = insert_into(session, InstallationValue).values(name=name, value=at.isoformat())
    session.connection().execute(
        row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value})
    )
