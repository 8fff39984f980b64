"""Files piece by piece, so that a backup of any size is never held in memory and can be stopped."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from models.errors import AppError

PIECE: Final = 1024 * 1024
IsStopped = Callable[[], bool]


class BackupStopped(AppError):
    """Raised when a backup should not go on, because its process is asked to end."""

    def __init__(self) -> None:
        super().__init__("the backup was stopped: nothing of it is left")


def never() -> bool:
    """Return False: nobody stops the work."""
    return False


def pieces_of(file: Path, is_stopped: IsStopped = never) -> Iterator[bytes]:
    """Yield the content of a file. Raises BackupStopped."""
    with file.open("rb") as opened:
        while piece := opened.read(PIECE):
            if is_stopped():
                raise BackupStopped
            yield piece


@contextmanager
def private_file(path: Path) -> Iterator[None]:
    """Make an empty file that only its owner can read; it is gone after the block, unless it was renamed."""
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def sync(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk."""
    opened = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
