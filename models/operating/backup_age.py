"""How old the last daily backup is, as the database tells all machines."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.database.upsert import insert_into
from models.settings import Settings
from models.tables.upkeep import InstallationValue

EVERY: Final = timedelta(days=1)
OLD_AFTER: Final = timedelta(hours=26)
_LAST: Final = "last backup"
_FIRST_DUE: Final = "first backup due"


def last_backup(session: Session) -> datetime | None:
    """Return the moment whose state the last whole daily backup holds, None if there never was one."""
    return _moment(session, _LAST)


def is_backup_due(session: Session, at: datetime) -> bool:
    """Return whether a day is over since the last one."""
    last = last_backup(session)
    return last is None or at - last >= EVERY


def note_first_due(session: Session, at: datetime) -> None:
    """Note since when there should be daily backups, unless that is known."""
    row = insert_into(session, InstallationValue).values(name=_FIRST_DUE, value=at.isoformat())
    session.connection().execute(row.on_conflict_do_nothing())


def note_backup(session: Session, at: datetime) -> None:
    """Note that a backup is whole; `at` is the moment it was begun."""
    row = insert_into(session, InstallationValue).values(name=_LAST, value=at.isoformat())
    session.connection().execute(
        row.on_conflict_do_update(index_elements=["name"], set_={"value": row.excluded.value})
    )


def find_old_backup(session: Session, settings: Settings, at: datetime) -> str:
    """Return in words that the last daily backup is too old; empty where it is not, or none is wanted."""
    if settings.backup_folder is None:
        return ""
    last = last_backup(session)
    since = last or _moment(session, _FIRST_DUE)
    if since is None or at - since <= OLD_AFTER:
        return ""
    hours = int((at - since).total_seconds() // 3600)
    if last is None:
        return f"No daily backup was ever made, although the first was due {hours:,} hours ago."
    return f"The last daily backup is {hours:,} hours old."


def _moment(session: Session, name: str) -> datetime | None:
    value = session.scalar(select(InstallationValue.value).where(InstallationValue.name == name))
    return datetime.fromisoformat(value) if value else None
