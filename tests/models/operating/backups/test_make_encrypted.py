"""An encrypted backup is whole or not there, and leaves nothing plain on the disk, however it ends."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.database.engine import Database
from models.errors import InvalidRequest
from models.operating.backups import sqlite_copy
from models.operating.backups.make import back_up
from models.operating.backups.manifest import digest_of, read_manifest
from models.operating.backups.pieces import BackupStopped
from models.operating.backups.restore import restore
from models.security.keys import KeyRing
from models.tables import Event, Tenant
from tests.crm import environment
from tests.models.maintenance.test_nothing_is_left import dump
from tests.models.rows import add, count, event
from tests.stack import ROOT

KEYS = KeyRing({"new": bytes(range(32)), "old": bytes(32)})
FAILING = """#!/bin/sh
echo the beginning of a dump
echo no room left >&2
exit 1
"""


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def test_every_row_comes_back_and_none_can_be_read_without_the_key(
    filled: Database, empty_database: Database, file: Path
) -> None:
    before = dump(filled)
    lines = list(back_up(filled, file, KEYS))
    assert "the key 'new'" in lines[-1]
    assert names(file.parent) == {"backup", "backup.manifest"}
    assert file.stat().st_mode & 0o077 == 0
    assert b"marker0" not in file.read_bytes()
    assert b"CREATE TABLE" not in file.read_bytes()
    manifest = read_manifest(file)
    assert (manifest.encrypted_with, manifest.sha256) == ("new", digest_of(file))

    list(restore(empty_database, file, KEYS, replace=False))

    assert sorted(dump(empty_database)) == sorted(before)


def test_a_copy_that_fails_leaves_nothing(
    filled: Database, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_connection: sqlite3.Connection, copied: Path) -> None:
        assert copied.stat().st_size
        raise InvalidRequest("no room left")

    monkeypatch.setattr(sqlite_copy, "check_integrity", refuse)
    program = tmp_path / "pg_dump"
    program.write_text(FAILING)
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    with pytest.raises(InvalidRequest, match="no room left"):
        list(back_up(filled, file, KEYS))
    assert names(file.parent) == set()


@pytest.mark.parametrize("after", [0, 1, 2, 3, 4])
def test_one_that_is_stopped_leaves_nothing(filled: Database, file: Path, after: int) -> None:
    """It is asked often: before each table, or each piece of a file that is read and written."""
    asked = iter(range(after))
    with pytest.raises(BackupStopped):
        list(back_up(filled, file, KEYS, lambda: next(asked, None) is None))
    assert names(file.parent) == set()


@pytest.fixture
def large(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Database]:
    (tmp_path / "data").mkdir()
    path = tmp_path / "data/pipenotify.db"
    shutil.copyfile(migrated_sqlite, path)
    made = Database(f"sqlite:///{path}")
    add(made, Tenant(name="Acme"), *(event(1, f"e{n}", raw=os.urandom(1_000_000)) for n in range(30)))
    yield made
    made.close()


def begin_backup(tmp_path: Path, file: Path, seen: Path) -> subprocess.Popen[str]:
    """Start a backup; return it once a file of it was begun."""
    env = os.environ | environment("http://127.0.0.1:9", tmp_path / "data")
    command = [sys.executable, "-m", "models", "backup", str(file), "--encrypt"]
    running = subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    while running.poll() is None and not (seen.exists() and seen.stat().st_size):
        pass
    return running


@pytest.mark.usefixtures("large")
def test_one_that_is_asked_to_end_leaves_nothing(file: Path, tmp_path: Path) -> None:
    running = begin_backup(tmp_path, file, file.with_name(f"{file.name}.unfinished.plain"))
    running.terminate()
    _, errors = running.communicate()
    assert (running.returncode, errors) == (1, "the backup was stopped: nothing of it is left\n")
    assert names(file.parent) == set()


@pytest.mark.parametrize("when", [".unfinished.plain", ".unfinished", ".manifest"])
def test_a_killed_one_leaves_no_file_or_a_whole_one(
    large: Database, file: Path, tmp_path: Path, when: str
) -> None:
    """Killed while it copies, while it encrypts, and at its end."""
    seen = file.with_name(f"{file.name}{when}")
    running = begin_backup(tmp_path, file, seen)
    running.kill()
    running.communicate()
    if when != ".manifest":
        assert seen.exists(), "it was too fast to be killed in the middle"
        assert all(name.startswith("backup.unfinished") for name in names(file.parent))
    elif file.exists():
        list(restore(large, file, KeyRing({"test": bytes(range(32))}), replace=True))
        assert count(large, Event) == 30
