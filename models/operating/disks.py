"""The disks that an installation writes to: whether they have room."""

from __future__ import annotations

import shutil
from pathlib import Path

from models.database.engine import Database
from models.database.sqlite import file_of
from models.operating.alerts.rules import LEAST_FREE_BYTES, LEAST_FREE_SHARE
from models.settings import Settings


def full_disks(database: Database, settings: Settings) -> list[str]:
    """Return a sentence for each disk of ours that is nearly full."""
    found = (room(folder) for folder in own_folders(database, settings))
    return [f"Only {words}." for is_full, words in found if is_full]


def own_folders(database: Database, settings: Settings) -> list[Path]:
    """Return the folders that we write to: their disks are to have room."""
    folders = {settings.pipenotify_data}
    if database.is_sqlite:
        folders.add(Path(file_of(str(database.engine.url))).parent)
    return sorted(each for each in folders if each.exists())


def room(folder: Path) -> tuple[bool, str]:
    """Return whether a disk is nearly full, and how much is free."""
    usage = shutil.disk_usage(folder)
    is_full = usage.free < LEAST_FREE_BYTES or usage.free < usage.total * LEAST_FREE_SHARE
    return is_full, f"{usage.free / 2**30:,.1f} GB free under {folder}"
