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


# Empty all tables, and restart the sequences at 1. It writes every file of the schema anew: a tenth of a
# second, but nothing of large tables is left.
_TRUNCATE = """
DO $$ DECLARE tables text; each record;
BEGIN
  SELECT string_agg(quote_ident(tablename), ',') INTO tables
  FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version';
  EXECUTE 'TRUNCATE ' || tables || ' RESTART IDENTITY CASCADE';
END $$
"""
# The same for the few rows of most tests, without foreign keys and triggers; true if a table has grown large.
_SWEEP = """
CREATE FUNCTION pg_temp.sweep() RETURNS boolean LANGUAGE plpgsql SET session_replication_role = replica AS $$
DECLARE is_large boolean := false;
BEGIN
  {tables}
  PERFORM setval(seqrelid, seqstart, false) FROM pg_sequence JOIN pg_class ON pg_class.oid = seqrelid
  WHERE pg_sequence_last_value(seqrelid) IS NOT NULL;
  RETURN is_large;
END $$
"""
_SWEEP_TABLE = """
  IF EXISTS (SELECT FROM {name}) THEN
    DELETE FROM {name};
    is_large := is_large OR pg_relation_size('{name}') > 262144;
  END IF;
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


class _Idle:
    """A migrated, empty database, with a connection of its own whose caches are warm."""

    def __init__(self, name: str, connection: psycopg.Connection[Any]) -> None:
        self.name = name
        self.connection = connection
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
        rows = "".join(_SWEEP_TABLE.format(name=each) for (each,) in tables if each != "alembic_version")
        connection.execute(_SWEEP.format(tables=rows).encode())
        self._shape = connection.execute(_SHAPE).fetchone()

    def is_swept(self) -> bool:
        """Empty it; False if it is still in use, or a test changed more than rows."""
        try:
            if self.connection.execute(_SHAPE).fetchone() != self._shape:
                return False
            found = self.connection.execute("SELECT pg_temp.sweep()").fetchone()
            if found is not None and found[0]:
                self.connection.execute(_TRUNCATE)
        except psycopg.Error:
            return False
        return True


class Databases:
    """Fresh migrated databases on one server, each a copy of one template.

    Emptying one costs a tenth of copying it, so a database whose schema a test left unchanged is emptied and
    given to the next test.
    """

    def __init__(self, url: str) -> None:
        self._url = make_url(url)
        self._idle: list[_Idle] = []
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
        if not migrated:
            with self._bare() as url:
                yield url
            return
        kept = self._idle.pop() if self._idle else self._made()
        try:
            yield self._named(kept.name)
        finally:
            if kept.is_swept():
                self._idle.append(kept)
            else:
                self._drop(kept)

    @contextmanager
    def _bare(self) -> Iterator[str]:
        name = self._created("template0")
        try:
            yield self._named(name)
        finally:
            self._say(f"DROP DATABASE {name} WITH (FORCE)")

    def _created(self, template: str) -> str:
        name = f"pipenotify_{uuid.uuid4().hex[:16]}"
        self._say(f"CREATE DATABASE {name} TEMPLATE {template}")
        return name

    def _made(self) -> _Idle:
        name = self._created(self._template)
        plain = self._url.set(drivername="postgresql", database=name)
        return _Idle(name, psycopg.connect(plain.render_as_string(hide_password=False), autocommit=True))

    def _drop(self, kept: _Idle) -> None:
        kept.connection.close()
        self._say(f"DROP DATABASE {kept.name} WITH (FORCE)")

    def close(self) -> None:
        for kept in self._idle:
            self._drop(kept)
        self._say(f"DROP DATABASE {self._template} WITH (FORCE)")
