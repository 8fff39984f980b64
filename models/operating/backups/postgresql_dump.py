"""Backups of PostgreSQL by its own `pg_dump` and `pg_restore`, over all tenants and of one snapshot."""

from __future__ import annotations

import os
import select
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from tempfile import TemporaryFile
from typing import IO, Final, cast

from sqlalchemy import Connection, Engine, func, inspect, table, text
from sqlalchemy import select as query
from sqlalchemy.engine import URL
from sqlalchemy.exc import OperationalError

from models.clock import monotonic
from models.database import isolation
from models.errors import InvalidRequest
from models.operating.backups.pieces import MOST_SILENCE_S, PIECE, BackupStopped, IsStopped, never
from models.settings import environment_with

FOR_ALL_TENANTS: Final = "-c pipenotify.tenant=*"  # without it row security would leave rows out
LOOK_EVERY_MS: Final = 500
SET_LOCK_TIMEOUT: Final = "SELECT set_config('lock_timeout', :ms, true)"
STAYED_LOCKED: Final = "55P03"  # lock_not_available
_FOR_TOO_LONG: Final = f"for {MOST_SILENCE_S / 60:.0f} minutes"


def dump(engine: Engine, write: Callable[[bytes], object], is_stopped: IsStopped = never) -> dict[str, int]:
    """Write a dump piece by piece; return the rows a table, counted in the very snapshot that it holds.

    Raises InvalidRequest, and BackupStopped, also once nothing happened for half an hour: another session
    locks a table, or the server is gone.
    """
    with engine.connect().execution_options(
        schema_change=True, isolation_level="REPEATABLE READ"
    ) as connection:
        see_all_tenants(connection)
        connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))  # as pg_dump does
        connection.execute(text(SET_LOCK_TIMEOUT), {"ms": str(int(MOST_SILENCE_S * 1000))})
        snapshot = str(connection.scalar(text("SELECT pg_export_snapshot()")))
        counts = _count_unlocked(connection, is_stopped)
        options = ["--enable-row-security", "--format=custom", f"--snapshot={snapshot}"]
        with _running(engine.url, "pg_dump", options, is_stopped=is_stopped) as output:
            for piece in _read(output, is_stopped):
                write(piece)
    return counts


def _count_unlocked(connection: Connection, is_stopped: IsStopped) -> dict[str, int]:
    """Count the rows of every table. Raises BackupStopped, also if one stays locked for too long."""
    try:
        return count_rows(connection, is_stopped)
    except OperationalError as refused:
        if getattr(refused.orig, "sqlstate", None) == STAYED_LOCKED:
            raise BackupStopped(f"another session has locked a table {_FOR_TOO_LONG}") from refused
        raise


def _read(output: IO[bytes], is_stopped: IsStopped) -> Iterator[bytes]:
    """Yield what pg_dump writes, until it ends.

    Raises BackupStopped, also while it writes nothing, and if it writes nothing for too long.
    """
    written = output.fileno()
    waiting = select.poll()
    waiting.register(written, select.POLLIN)
    last = monotonic()
    while True:
        if is_stopped():
            raise BackupStopped
        if waiting.poll(LOOK_EVERY_MS):
            piece = os.read(written, PIECE)
            if not piece:
                return
            yield piece
            last = monotonic()
        elif monotonic() - last > MOST_SILENCE_S:
            raise BackupStopped(f"pg_dump wrote nothing {_FOR_TOO_LONG}")


def restore(url: URL, pieces: Iterable[bytes], is_stopped: IsStopped = never) -> None:
    """Fill an empty database from a dump, all of it or nothing: what `pieces` raises undoes it.

    Raises InvalidRequest, BackupStopped.
    """
    options = ["--exit-on-error", "--single-transaction", "--no-owner", "--no-privileges"]
    named = [*options, f"--dbname={url.database}"]
    with _running(url, "pg_restore", named, is_fed=True, is_stopped=is_stopped) as feed:
        _write(feed, pieces, is_stopped)
        feed.close()


def _write(feed: IO[bytes], pieces: Iterable[bytes], is_stopped: IsStopped) -> None:
    """Write pieces as pg_restore takes them. Raises BackupStopped, also while it takes none."""
    into = feed.fileno()
    os.set_blocking(into, False)
    waiting = select.poll()
    waiting.register(into, select.POLLOUT)
    for piece in pieces:
        left = memoryview(piece)
        while left:
            if is_stopped():
                raise BackupStopped
            if waiting.poll(LOOK_EVERY_MS):
                left = left[os.write(into, left) :]


def see_all_tenants(connection: Connection) -> None:
    """Let this transaction of an owner see the rows of all tenants; on SQLite it does so anyway."""
    if connection.dialect.name == "postgresql":
        everybody = isolation.as_setting(isolation.EVERYBODY)
        connection.execute(query(func.set_config(isolation.SETTING, everybody, True)))


def count_rows(connection: Connection, is_stopped: IsStopped = never) -> dict[str, int]:
    """Count the rows of every table. Raises BackupStopped."""
    counts = {}
    for name in sorted(inspect(connection).get_table_names()):
        if is_stopped():
            raise BackupStopped
        counts[name] = connection.execute(query(func.count()).select_from(table(name))).scalar_one()
    return counts


@contextmanager
def _running(
    url: URL, program: str, options: Sequence[str], *, is_fed: bool = False, is_stopped: IsStopped = never
) -> Iterator[IO[bytes]]:
    """Run one of PostgreSQL's programs on a database; end it at once if the block fails, or it is stopped.

    Yields what it writes, or what it reads with `is_fed`. Raises InvalidRequest with its own words, and
    BackupStopped.
    """
    found = shutil.which(program)
    if found is None:
        raise InvalidRequest(
            f"{program} is not installed here: install PostgreSQL's client programs (on Debian and Ubuntu "
            f"`apt install postgresql-client`), of the server's version or newer"
        )
    with TemporaryFile() as errors:
        running = subprocess.Popen(  # noqa: S603 - a program of PostgreSQL, and no word of a stranger
            [found, *options],
            env=environment_with(_environment(url)),
            stdin=subprocess.PIPE if is_fed else None,
            stdout=None if is_fed else subprocess.PIPE,
            stderr=errors,
        )
        pipe = cast("IO[bytes]", running.stdin if is_fed else running.stdout)
        try:
            with suppress(BrokenPipeError):  # it ended early, and says why
                yield pipe
            _wait(running, is_stopped)
        finally:
            running.kill()  # before its input ends, which it would take for all there is
            running.wait()
            with suppress(BrokenPipeError):
                pipe.close()
        if running.returncode:
            errors.seek(0)
            words = errors.read().decode(errors="replace").strip()
            raise InvalidRequest(f"{program} failed: {words[:2000]}")


def _wait(running: subprocess.Popen[bytes], is_stopped: IsStopped) -> None:
    """Wait until a program has ended. Raises BackupStopped."""
    while running.poll() is None:
        if is_stopped():
            raise BackupStopped
        with suppress(subprocess.TimeoutExpired):
            running.wait(LOOK_EVERY_MS / 1000)


def _environment(url: URL) -> dict[str, str]:
    """Return libpq's variables for a URL: a password among arguments would be seen by every user."""
    query = {name: value if isinstance(value, str) else value[0] for name, value in url.query.items()}
    named = {
        "PGHOST": query.get("host") or url.host,
        "PGPORT": query.get("port") or (str(url.port) if url.port else None),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": query.get("sslmode"),
        "PGSSLROOTCERT": query.get("sslrootcert"),
        "PGOPTIONS": FOR_ALL_TENANTS,
    }
    return {name: value for name, value in named.items() if value}
