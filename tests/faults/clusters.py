"""A PostgreSQL server that a test may stop."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Final, Self

import psycopg
from sqlalchemy import make_url

from tests.postgresql import LOCAL, SERVER_USER, create_cluster

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

    def say(self, statement: str) -> None:
        plain = make_url(self.url).set(drivername="postgresql").render_as_string(hide_password=False)
        with psycopg.connect(plain, autocommit=True) as connection:
            connection.execute(statement.encode())

    def _run(self, *words: str) -> None:
        subprocess.run([*self._control, *words], check=True, capture_output=True, timeout=60)
