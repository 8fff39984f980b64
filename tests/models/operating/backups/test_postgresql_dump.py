"""PostgreSQL's programs are told of the database by variables alone, and a missing one is named."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from sqlalchemy import make_url

from models.errors import InvalidRequest
from models.operating.backups import postgresql_dump
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
