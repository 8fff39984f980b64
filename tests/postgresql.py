"""A PostgreSQL server for one run of the tests, not durable, with a fresh database for each test."""

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
from typing import Any

import psycopg
from sqlalchemy import make_url

from models.database import migrate
from models.database.engine import Database
from tests.machine.ram import RAM

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

    `durable` keeps PostgreSQL's durability, which benchmarks need and tests do not.
    """
    if given := os.environ.get(VARIABLE):
        yield given
        return
    memory = str(RAM) if tempfile.gettempdir() == str(RAM) and not durable else "/tmp"
    home = Path(tempfile.mkdtemp(prefix="pn-", dir=memory))  # short: a socket's path has 107 bytes
    try:
        control = create_cluster(home, LOCAL if durable else FAST)
        subprocess.run([*control, "start"], check=True, capture_output=True, timeout=60)
        try:
            yield f"postgresql+psycopg://{SERVER_USER}@/postgres?host={home}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, capture_output=True, timeout=60)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def program(name: str) -> str:
    """Return the path of one of the newest PostgreSQL's programs. Raises NoServer."""
    found = max(BINARIES.glob(f"*/bin/{name}"), default=None, key=lambda path: float(path.parts[-3]))
    if found is None:
        raise NoServer(f"no PostgreSQL under {BINARIES} and no {VARIABLE}")
    return str(found)


def create_cluster(home: Path, options: str) -> list[str]:
    """Create a cluster under `home`; return the command that starts and stops it."""
    initdb = [
        program("initdb"),
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
    subprocess.run([*step_down(home), *initdb], check=True, capture_output=True, timeout=120, cwd="/")
    return pg_ctl(home, options)


def pg_ctl(home: Path, options: str) -> list[str]:
    """Return the command that starts and stops the cluster under `home`, which exists."""
    command = [*step_down(home), program("pg_ctl"), "-D", f"{home}/data", "-l", f"{home}/log", "-w"]
    return [*command, "-o", f"-k {home} {options}"]


def step_down(home: Path) -> list[str]:
    """PostgreSQL refuses to run as root; then give `home` to its own user."""
    if os.geteuid() != 0:
        return []
    try:
        person = pwd.getpwnam(SERVER_USER)
    except KeyError as missing:
        raise NoServer(f"root cannot run PostgreSQL, and there is no user {SERVER_USER}") from missing
    os.chown(home, person.pw_uid, person.pw_gid)
    return ["setpriv", f"--reuid={person.pw_uid}", f"--regid={person.pw_gid}", "--clear-groups"]


# Delete a test's rows, and restart the sequences at 1.
_SWEEP = """
DO $$ DECLARE each record; filled text := ''; has_row boolean;
BEGIN
  FOR each IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'
  LOOP
    EXECUTE format('SELECT EXISTS (SELECT FROM %I)', each.tablename) INTO has_row;
    IF has_row THEN filled := filled || format(',%I', each.tablename); END IF;
  END LOOP;
  IF filled <> '' THEN EXECUTE 'TRUNCATE ' || substr(filled, 2) || ' CASCADE'; END IF;
  FOR each IN SELECT sequencename FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL
  LOOP EXECUTE format('ALTER SEQUENCE %I RESTART', each.sequencename); END LOOP;
END $$
"""
# What a test may change besides rows: objects with their privileges and settings, and the schema version.
_SHAPE = """
SELECT md5(string_agg(concat_ws(' ', relname, relkind, relnatts, relchecks, relhastriggers, relhasrules,
                                relrowsecurity, relforcerowsecurity, relacl), ',' ORDER BY relname)),
       (SELECT count(*) FROM pg_constraint), (SELECT string_agg(version_num, ',') FROM alembic_version),
       (SELECT count(*) FROM pg_trigger), (SELECT count(*) FROM pg_proc),
       (SELECT count(*) FROM pg_stat_activity
        WHERE datname = current_database() AND pid <> pg_backend_pid())
FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE nspname = 'public'
"""


class Databases:
    """Fresh migrated databases on one server, each a copy of one template.

    Emptying one costs a tenth of copying it, so a database whose schema a test left unchanged is emptied and
    given to the next test.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._idle: list[tuple[str, Any]] = []
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
        """Yield the URL of an empty database for exclusive use."""
        name, shape = self._idle.pop() if migrated and self._idle else self._made(migrated=migrated)
        try:
            yield self._named(name)
        finally:
            if migrated and self._is_swept(name, shape):
                self._idle.append((name, shape))
            else:
                self._say(f"DROP DATABASE {name} WITH (FORCE)")

    def _made(self, *, migrated: bool) -> tuple[str, Any]:
        name = f"pipenotify_{uuid.uuid4().hex[:16]}"
        self._say(f"CREATE DATABASE {name} TEMPLATE {self._template if migrated else 'template0'}")
        if not migrated:
            return name, None
        with self._opened(name) as connection:
            return name, connection.execute(_SHAPE).fetchone()

    def _is_swept(self, name: str, shape: Any) -> bool:
        """Empty a database; False if it is still in use, or a test changed more than rows."""
        try:
            with self._opened(name) as connection:
                if connection.execute(_SHAPE).fetchone() != shape:
                    return False
                connection.execute(_SWEEP)
                return True
        except psycopg.Error:
            return False

    def _opened(self, name: str) -> psycopg.Connection[Any]:
        plain = self._url.set(drivername="postgresql", database=name)
        return psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True)

    def close(self) -> None:
        for name, _ in self._idle:
            self._say(f"DROP DATABASE {name} WITH (FORCE)")
        self._say(f"DROP DATABASE {self._template} WITH (FORCE)")
