"""PostgreSQL's programs are told of the database by variables alone, and a missing one is named."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url

from models.errors import InvalidRequest
from models.operating.backups import postgresql_dump
from models.operating.backups.pieces import PIECE, BackupStopped
from models.operating.backups.postgresql_dump import restore


def test_no_password_is_among_the_arguments() -> None:
    found = postgresql_dump._environment(
        make_url("postgresql+psycopg://ada:s3cret@db:5433/pipenotify?sslmode=require")
    )
    assert found == {
        "PGHOST": "db",
        "PGPORT": "5433",
        "PGUSER": "ada",
        "PGPASSWORD": "s3cret",
        "PGDATABASE": "pipenotify",
        "PGSSLMODE": "require",
        "PGOPTIONS": "-c pipenotify.tenant=*",
    }


def test_a_program_that_is_missing_or_fails_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = make_url(f"postgresql+psycopg://ada@/pipenotify?host={tmp_path}")
    if shutil.which("pg_restore"):
        with pytest.raises(InvalidRequest, match="pg_restore failed"):
            restore(url, [b"no dump"])
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InvalidRequest, match="postgresql-client"):
        restore(url, [b"no dump"])


@pytest.fixture
def stand_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], URL]:
    """Put a script in the place of pg_restore; return the URL of a database."""

    def put(script: str) -> URL:
        program = tmp_path / "pg_restore"
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o700)
        monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
        return make_url(f"postgresql+psycopg://ada@/pipenotify?host={tmp_path}")

    return put


def test_one_that_has_all_and_is_still_busy_is_ended_at_once(
    tmp_path: Path, stand_in: Callable[[str], URL]
) -> None:
    fed = tmp_path / "fed"
    url = stand_in(f"cat > {fed}.begun\nmv {fed}.begun {fed}\nexec sleep 20")
    began = time.monotonic()
    with pytest.raises(BackupStopped):
        restore(url, [b"a dump"], fed.exists)
    assert (fed.read_bytes(), time.monotonic() - began < 10) == (b"a dump", True)


def test_one_that_does_not_read_for_now_is_ended_at_once(
    tmp_path: Path, stand_in: Callable[[str], URL]
) -> None:
    """As while another session locks a table. Its input is more than a pipe holds."""
    begun = tmp_path / "begun"
    url = stand_in(f"touch {begun}\nexec sleep 20")
    began = time.monotonic()
    with pytest.raises(BackupStopped):
        restore(url, [bytes(PIECE)], begun.exists)
    assert time.monotonic() - began < 10


def test_one_that_reads_slowly_gets_every_byte(tmp_path: Path, stand_in: Callable[[str], URL]) -> None:
    fed = tmp_path / "fed"
    pieces = [os.urandom(PIECE), b"", os.urandom(PIECE + 1)]
    restore(stand_in(f"sleep 1\nexec cat > {fed}"), pieces)
    assert fed.read_bytes() == b"".join(pieces)
