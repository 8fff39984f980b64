"""Backups of PostgreSQL by its own `pg_dump` and `pg_restore`, over all tenants and of one snapshot."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, func, inspect, select, table, text
from sqlalchemy.engine import URL

from models.database import isolation
from models.errors import InvalidRequest
from models.settings import environment_with

FOR_ALL_TENANTS: Final = "-c pipenotify.tenant=*"  # without it row security would leave rows out


def dump(engine: Engine, file: Path) -> dict[str, int]:
    """Write a dump; return the rows a table, counted in the very snapshot that it holds."""
    with engine.connect().execution_options(
        schema_change=True, isolation_level="REPEATABLE READ"
    ) as connection:
        see_all_tenants(connection)
        snapshot = str(connection.scalar(text("SELECT pg_export_snapshot()")))
        counts = count_rows(connection)
        options = ["--enable-row-security", "--format=custom", f"--snapshot={snapshot}", f"--file={file}"]
        _run(engine.url, "pg_dump", options)
    return counts


def restore(url: URL, file: Path) -> None:
    """Fill an empty database from a dump, all of it or nothing."""
    _run(
        url,
        "pg_restore",
        [
            "--exit-on-error",
            "--single-transaction",
            "--no-owner",
            "--no-privileges",
            f"--dbname={url.database}",
        ],
        [str(file)],
    )


def see_all_tenants(connection: Connection) -> None:
    """Let this transaction of an owner see the rows of all tenants; on SQLite it does so anyway."""
    if connection.dialect.name == "postgresql":
        everybody = isolation.as_setting(isolation.EVERYBODY)
        connection.execute(select(func.set_config(isolation.SETTING, everybody, True)))


def count_rows(connection: Connection) -> dict[str, int]:
    """Count the rows of every table."""
    return {
        name: connection.execute(select(func.count()).select_from(table(name))).scalar_one()
        for name in sorted(inspect(connection).get_table_names())
    }


def _run(url: URL, program: str, options: Sequence[str], files: Sequence[str] = ()) -> None:
    """Run one of PostgreSQL's programs on a database. Raises InvalidRequest with its own words."""
    found = shutil.which(program)
    if found is None:
        raise InvalidRequest(
            f"{program} is not installed here: install PostgreSQL's client programs (on Debian and Ubuntu "
            f"`apt install postgresql-client`), of the server's version or newer"
        )
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL, and no word of a stranger
        [found, *options, *files],
        env=environment_with(_environment(url)),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise InvalidRequest(f"{program} failed: {done.stderr.strip()[:2000]}")


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
