"""A PostgreSQL of our own for one run of the tests, not durable, with a fresh database for each test."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from models import migrate
from models.database import Database

VARIABLE = "PIPENOTIFY_TEST_POSTGRESQL"
BINARIES = Path("/usr/lib/postgresql")
SERVER_USER = "postgres"
LOCAL = "-c listen_addresses=''"
FAST = f"{LOCAL} -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


class NoServer(Exception):
    """Raised when this machine has no PostgreSQL to test with; the text says why."""


@contextmanager
def server(*, durable: bool = False) -> Iterator[str]:
    """Yield the URL of a server's `postgres` database: the one named in the environment, or a new one.

    `durable` keeps PostgreSQL's own promises, which tests can do without and benchmarks cannot.
    """
    if given := os.environ.get(VARIABLE):
        yield given
        return
    home = Path(tempfile.mkdtemp(prefix="pn-", dir="/tmp"))  # short: a socket's path has 107 bytes
    try:
        control = _control(home, LOCAL if durable else FAST)
        subprocess.run([*control, "start"], check=True, capture_output=True, timeout=60)
        try:
            yield f"postgresql+psycopg://{SERVER_USER}@/postgres?host={home}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, timeout=60)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _control(home: Path, options: str) -> list[str]:
    """Make a cluster under `home`; return the command that starts and stops it."""
    binaries = max(BINARIES.glob("*/bin/initdb"), default=None, key=lambda path: float(path.parts[-3]))
    if binaries is None:
        raise NoServer(f"no PostgreSQL under {BINARIES} and no {VARIABLE}")
    step_down = _step_down(home)
    initdb = [
        str(binaries),
        "-D",
        f"{home}/data",
        "-A",
        "trust",
        "-U",
        SERVER_USER,
        "-E",
        "UTF8",
        "--no-sync",
    ]
    subprocess.run([*step_down, *initdb], check=True, capture_output=True, timeout=120, cwd="/")
    pg_ctl = str(binaries.with_name("pg_ctl"))
    return [*step_down, pg_ctl, "-D", f"{home}/data", "-l", f"{home}/log", "-w", "-o", f"-k {home} {options}"]


def _step_down(home: Path) -> list[str]:
    """PostgreSQL refuses to run as root; hand `home` to its own user then."""
    if os.geteuid() != 0:
        return []
    try:
        person = pwd.getpwnam(SERVER_USER)
    except KeyError as missing:
        raise NoServer(f"root cannot run PostgreSQL, and there is no user {SERVER_USER}") from missing
    os.chown(home, person.pw_uid, person.pw_gid)
    return ["setpriv", f"--reuid={person.pw_uid}", f"--regid={person.pw_gid}", "--clear-groups"]


class Databases:
    """Fresh migrated databases on one server, each a copy of one template."""

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._template = f"pipenotify_template_{uuid.uuid4().hex[:12]}"
        self._say(f"CREATE DATABASE {self._template}")
        database = Database(self._named(self._template))
        migrate.upgrade(database)
        database.close()

    def _named(self, name: str) -> str:
        return self._url.set(database=name).render_as_string(hide_password=False)

    def _say(self, statement: str) -> None:
        plain = self._url.set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement.encode())

    @contextmanager
    def fresh(self, *, migrated: bool = True) -> Iterator[str]:
        """Yield the URL of a database that nobody else has; it is gone afterwards."""
        name = f"pipenotify_{uuid.uuid4().hex[:16]}"
        self._say(f"CREATE DATABASE {name} TEMPLATE {self._template if migrated else 'template0'}")
        try:
            yield self._named(name)
        finally:
            self._say(f"DROP DATABASE {name} WITH (FORCE)")

    def close(self) -> None:
        self._say(f"DROP DATABASE {self._template} WITH (FORCE)")
