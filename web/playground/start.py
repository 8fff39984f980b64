"""What has to be right before a demo starts: its port, its data folder, and that no other demo uses it."""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from pathlib import Path
from typing import Final

LOCK: Final = "demo.lock"
OTHER_PORT: Final = "say another: PORT=8081 make demo"
OTHER_FOLDER: Final = "say another: PIPENOTIFY_DATA=/tmp/demo make demo"


class CannotStart(Exception):
    """What prevents the start, as one line for people with the next step."""


def check_port(value: str) -> int:
    """Return the port; raises CannotStart if it is none, is taken, or needs more rights."""
    if not (value.isascii() and value.isdecimal() and 1 <= int(value) <= 65535):
        raise CannotStart(f"PORT should be a number from 1 to 65535, not {value!r}")
    port = int(value)
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen()
        except OSError as refused:
            reason = "is taken" if refused.errno == errno.EADDRINUSE else "cannot be had by this user"
            raise CannotStart(f"port {port} {reason}; {OTHER_PORT}") from refused
    return port


def check_folder(folder: Path) -> None:
    """Make the data folder; raises CannotStart if it cannot be made or written."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except (FileExistsError, NotADirectoryError):
        raise CannotStart(f"PIPENOTIFY_DATA={folder} is a file or below one; {OTHER_FOLDER}") from None
    except OSError as refused:
        raise CannotStart(_cannot("made", folder, refused)) from refused
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        raise CannotStart(f"PIPENOTIFY_DATA={folder} cannot be written by this user; {OTHER_FOLDER}")


def lock_folder(folder: Path, address: str) -> int:
    """Take the folder for this demo until the file descriptor returned is closed by all who inherit it.

    `address` is told to whoever comes second. Raises CannotStart if another demo has the folder.
    """
    try:
        lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as refused:
        raise CannotStart(_cannot("written", folder, refused)) from refused
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as taken:
        other = os.pread(lock, 200, 0).decode(errors="replace").strip()
        os.close(lock)
        where = f" at {other}" if other else ""
        raise CannotStart(f"a demo{where} uses {folder} already; {OTHER_FOLDER}") from taken
    os.truncate(lock, 0)
    os.pwrite(lock, address.encode(), 0)
    return lock


def _cannot(what: str, folder: Path, refused: OSError) -> str:
    return f"PIPENOTIFY_DATA={folder} cannot be {what} ({refused.strerror}); {OTHER_FOLDER}"
