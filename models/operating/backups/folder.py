"""The folder of the daily backups: what they are called, and which of them are removed."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import Final

from models.errors import InvalidRequest
from models.operating.backups.make import UNFINISHED
from models.operating.backups.manifest import manifest_path

_NAME: Final = "pipenotify-%Y-%m-%dT%H%MZ.backup"
_BACKUP: Final = re.compile(r"pipenotify-\d{4}-\d\d-\d\dT\d{4}Z\.backup")
_LEFT_OVER: Final = re.compile(rf"({_BACKUP.pattern})({re.escape(UNFINISHED)}.*|\.manifest)")


def require_folder(folder: Path) -> None:
    """Raise InvalidRequest unless there is a folder. It is not made: a disk may not be mounted."""
    if not folder.is_dir():
        raise InvalidRequest(f"{folder} of BACKUP_FOLDER is no folder: make it, or mount its disk")


def backup_path(folder: Path, at: datetime) -> Path:
    """Return where the backup of a moment (in UTC) is put."""
    return folder / at.strftime(_NAME)


def remove_left_over(folder: Path) -> None:
    """Remove what a killed backup left. None may run in this folder."""
    names = {each.name for each in folder.iterdir()}
    for name in names:
        made = _LEFT_OVER.fullmatch(name)
        if made and made[1] not in names:
            (folder / name).unlink(missing_ok=True)


def remove_old(folder: Path, keep: int, new: Path) -> int:
    """Remove all daily backups but the one that was just made and the newest others; return how many.

    What is called after a later moment than `new` was made by a clock that was ahead, and goes first.
    """
    found = (each for each in folder.iterdir() if _BACKUP.fullmatch(each.name) and each != new)
    others = sorted(found, key=lambda each: (each.name < new.name, each.name))
    old = others[: max(0, len(others) - (keep - 1))]
    for each in old:
        manifest_path(each).unlink(missing_ok=True)  # first: a backup that is left is found again
        each.unlink(missing_ok=True)
    return len(old)
