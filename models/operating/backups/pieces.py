"""Files piece by piece, so that a backup of any size is never held in memory and can be stopped."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from models.errors import AppError

PIECE: Final = 1024 * 1024
MOST_SILENCE_S: Final = 1800.0  # what does no part of its work for longer hangs
IsStopped = Callable[[], bool]
STOPS: Final = (signal.SIGTERM, signal.SIGHUP)


class BackupStopped(AppError):
    """Raised when a backup, or a restore, should not go on: its process is asked to end, or it hangs."""

    def __init__(self, why: str = "stopped before its end") -> None:
        super().__init__(f"{why}: nothing of it is left")


def never() -> bool:
    """Return False: nobody stops the work."""
    return False


@contextmanager
def stopped_by_signals() -> Iterator[IsStopped]:
    """Let SIGTERM, and SIGHUP of a session that is closed, stop the block in good order, by its own looks.

    So nothing plain is left. What is ignored stays so: `nohup` ignores SIGHUP.
    """
    came: list[int] = []  # no event: a second signal may interrupt the handler of the first
    before = {each: handler for each in STOPS if (handler := signal.getsignal(each)) is not signal.SIG_IGN}
    for each in before:
        signal.signal(each, lambda signum, _frame: came.append(signum))
    try:
        yield lambda: bool(came)
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def pieces_of(file: Path, is_stopped: IsStopped = never) -> Iterator[bytes]:
    """Yield the content of a file. Raises BackupStopped."""
    with file.open("rb") as opened:
        yield from until_stopped(iter(lambda: opened.read(PIECE), b""), is_stopped)


def until_stopped(pieces: Iterable[bytes], is_stopped: IsStopped) -> Iterator[bytes]:
    """Yield pieces. Raises BackupStopped."""
    for piece in pieces:
        if is_stopped():
            raise BackupStopped
        yield piece


@contextmanager
def private_file(path: Path) -> Iterator[None]:
    """Make an empty file that only its owner can read; it is gone after the block, unless it was renamed.

    It is new: what is there, also a link, is removed first.
    """
    path.unlink(missing_ok=True)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600))
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
