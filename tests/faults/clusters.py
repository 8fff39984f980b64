"""PostgreSQL servers that a test may stop, and a pair of which one takes over from the other."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Self

import psycopg
from sqlalchemy import make_url

from tests.postgresql import LOCAL, SERVER_USER, create_cluster, pg_ctl, program, step_down

# A commit survives the end of the server, not that of the machine; FAST would lose the last ones.
LASTING: Final = f"{LOCAL} -c fsync=off"


class Cluster:
    """A PostgreSQL that a test may stop and start."""

    def __init__(self, home: Path, control: list[str]) -> None:
        self.home, self._control = home, control
        self.url = f"postgresql+psycopg://{SERVER_USER}@/postgres?host={home}"

    @classmethod
    def create(cls, home: Path) -> Self:
        """Create an empty one; its commits survive that it is stopped at once."""
        return cls(home, create_cluster(home, LASTING))

    def start(self) -> None:
        self._run("start")

    def stop(self, how: str = "immediate") -> None:
        self._run("-m", how, "stop")

    def promote(self) -> None:
        """Let a standby take writes."""
        self._run("promote")

    def say(self, statement: str) -> None:
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, *words: str) -> None:
        subprocess.run([*self._control, *words], check=True, capture_output=True, timeout=60)


@dataclass
class Pair:
    """A primary and its standby. `url` names both; a client takes the one that takes writes."""

    primary: Cluster
    standby: Cluster

    @property
    def url(self) -> str:
        both = f"host={self.primary.home}&host={self.standby.home}&target_session_attrs=read-write"
        return f"postgresql+psycopg://{SERVER_USER}@/postgres?{both}"

    def keep_in_step(self) -> None:
        """From now on, a commit is acknowledged once the standby has it, which takes longer."""
        self.primary.say("ALTER SYSTEM SET synchronous_standby_names = '*'")
        self.primary.say("SELECT pg_reload_conf()")

    def fail_over(self) -> None:
        """The primary dies at once, and the standby takes its place."""
        self.primary.stop()
        self.standby.promote()


@contextmanager
def replicated() -> Iterator[Pair]:
    """Yield a pair that runs. Raises NoServer."""
    homes = [Path(tempfile.mkdtemp(prefix="pn-", dir="/tmp")) for _ in range(2)]  # short, as sockets need
    primary = standby = None
    try:
        primary = Cluster.create(homes[0])
        primary.start()
        standby = _standby_of(primary, homes[1])
        standby.start()
        yield Pair(primary, standby)
    finally:
        for each in (standby, primary):
            with suppress(subprocess.CalledProcessError):  # it is down already
                if each is not None:
                    each.stop()
        for home in homes:
            shutil.rmtree(home, ignore_errors=True)


def _standby_of(primary: Cluster, home: Path) -> Cluster:
    copy = [program("pg_basebackup"), "-h", str(primary.home), "-U", SERVER_USER, "-D", f"{home}/data"]
    command = [*step_down(home), *copy, "-R", "-X", "stream", "-c", "fast", "--no-sync"]
    subprocess.run(command, check=True, capture_output=True, timeout=120, cwd="/")
    return Cluster(home, pg_ctl(home, LASTING))
