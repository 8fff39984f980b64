"""How much CPU time the parts took in a measured time, and how busy the database was.

PostgreSQL is busy by the CPU time of its processes, SQLite by the share of the time in which its one write
lock is held. CPU time is hardly changed by what else runs on the machine: it compares better than rates do.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from sqlalchemy import make_url

from tests.bench.stand import Stand

TICKS: Final = os.sysconf("SC_CLK_TCK")
SAMPLE_S: Final = 0.003


class Usage:
    """What a `with` block took: `parts_s` and `database_s` of CPU, `locked_s` of the write lock, `seconds`.

    `database_s` is of PostgreSQL's own processes; SQLite works within those of the parts.
    """

    def __init__(self, at: Stand, part: str) -> None:
        self._at, self._part = at, part
        self._server = server_pid(at.settings.database_url)
        self._lock = _LockSampler(at.folder / "pipenotify.db-turn") if self._server is None else None
        self.seconds = self.parts_s = self.database_s = self.locked_s = 0.0

    def __enter__(self) -> Self:
        self._began = time.monotonic()
        self._before = self._read()
        if self._lock:
            self._lock.start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.seconds = time.monotonic() - self._began
        if self._lock:
            self.locked_s = self._lock.stop() * self.seconds
        after = self._read()
        self.parts_s, self.database_s = (
            now - before for now, before in zip(after, self._before, strict=True)
        )

    def _read(self) -> tuple[float, float]:
        parts = sum(tree_seconds(pid) for pid in self._at.pids(self._part))
        return parts, tree_seconds(self._server) if self._server else 0.0

    @property
    def database_busy_s(self) -> float:
        """How many seconds of work only the database could do, one after the other on one core."""
        return self.database_s if self._server else self.locked_s


def server_pid(url: str) -> int | None:
    """Return the process id of the PostgreSQL at a URL, None for SQLite."""
    home = make_url(url).query.get("host")
    return int(Path(f"{home}/data/postmaster.pid").read_text().split()[0]) if home else None


def tree_seconds(pid: int) -> float:
    """Return the CPU time of a process and its children, of those that ended as well."""
    total = 0.0
    for each in _tree(pid):
        try:
            fields = Path(f"/proc/{each}/stat").read_text().rpartition(")")[2].split()
        except OSError:  # it ended
            continue
        own, of_ended = fields[11:13], fields[13:15]
        total += sum(map(int, (*own, *of_ended))) / TICKS
    return total


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        children = [
            int(child)
            for task in Path(f"/proc/{pid}/task").iterdir()
            for child in (task / "children").read_text().split()
        ]
    except OSError:
        return
    for child in children:
        yield from _tree(child)


class _LockSampler(threading.Thread):
    """Looks again and again whether a file is locked by anybody."""

    def __init__(self, file: Path) -> None:
        super().__init__(daemon=True)
        self._file = file
        self._stopped = threading.Event()
        self._held = self._looks = 0

    def run(self) -> None:
        mark = f":{self._file.stat().st_ino} 0 EOF"
        while not self._stopped.wait(SAMPLE_S):
            self._looks += 1
            lines = Path("/proc/locks").read_text().splitlines()
            self._held += any(mark in line and "->" not in line for line in lines)

    def stop(self) -> float:
        """Return the share of the looks that found it locked."""
        self._stopped.set()
        self.join()
        return self._held / max(self._looks, 1)
