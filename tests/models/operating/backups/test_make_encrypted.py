"""An encrypted backup is whole or not there, and leaves nothing plain on the disk, however it ends."""

from __future__ import annotations

import os
import shutil
import signal
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
from models.operating.backups.pieces import STOPS, BackupStopped
from models.operating.backups.restore import restore
from models.security.keys import KeyRing
from models.tables import Event, Tenant
from tests.crm import environment
from tests.models.maintenance.test_nothing_is_left import dump
from tests.models.rows import add, count, event
from tests.stack import ROOT

KEYS = KeyRing({"new": bytes(range(32)), "old": bytes(32)})
USUAL_KEYS = KeyRing({"test": bytes(range(32))})
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


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    """Where the plain copy of the large database is, while a backup of it is made."""
    return tmp_path / f"data/pipenotify.db{sqlite_copy.COPY}"


def begin_backup(tmp_path: Path, file: Path, seen: Path) -> subprocess.Popen[str]:
    """Start a backup; return it once a file of it was begun."""
    env = os.environ | environment("http://127.0.0.1:9", tmp_path / "data")
    command = [sys.executable, "-m", "models", "backup", str(file), "--encrypt"]
    running = subprocess.Popen(command, env=env, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    while running.poll() is None and not (seen.exists() and seen.stat().st_size):
        pass
    return running


def left_beside(plain: Path) -> list[Path]:
    return list(plain.parent.glob(f"{plain.name}*"))


@pytest.mark.usefixtures("large")
@pytest.mark.parametrize("how", STOPS)
def test_one_that_is_asked_to_end_leaves_nothing(
    file: Path, tmp_path: Path, plain: Path, how: signal.Signals
) -> None:
    running = begin_backup(tmp_path, file, plain)
    running.send_signal(how)
    _, errors = running.communicate()
    assert (running.returncode, errors) == (1, "stopped before its end: nothing of it is left\n")
    assert names(file.parent) == set()
    assert left_beside(plain) == []


@pytest.mark.parametrize("when", ["plain", "unfinished", "manifest"])
def test_a_killed_one_leaves_no_file_or_a_whole_one(
    large: Database, file: Path, tmp_path: Path, plain: Path, when: str
) -> None:
    """Killed while it copies, while it encrypts, and at its end. What it left is no obstacle."""
    seen = plain if when == "plain" else file.with_name(f"{file.name}.{when}")
    running = begin_backup(tmp_path, file, seen)
    running.kill()
    running.communicate()
    if when != "manifest":
        assert seen.exists(), "it was too fast to be killed in the middle"
        assert names(file.parent) == {"backup.unfinished"}
        list(back_up(large, file, USUAL_KEYS))
    if file.exists():
        list(restore(large, file, USUAL_KEYS, replace=True))
        assert count(large, Event) == 30
        assert left_beside(plain) == []


def test_the_plain_copy_is_private_and_beside_the_database(
    large: Database, file: Path, plain: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of the backup may lie on another machine's disk."""
    looked = []

    def look(_connection: sqlite3.Connection, copied: Path) -> None:
        looked.append((copied, copied.stat().st_mode & 0o777, names(file.parent)))
        assert file.with_name("backup.unfinished").stat().st_size == 0

    monkeypatch.setattr(sqlite_copy, "check_integrity", look)
    list(back_up(large, file, KEYS))
    assert looked == [(plain, 0o600, {"backup.unfinished"})]
    assert left_beside(plain) == []


def test_what_a_killed_one_left_beside_the_database_is_removed(
    large: Database, file: Path, plain: Path
) -> None:
    for end in ("", *sqlite_copy.COMPANIONS):
        plain.with_name(f"{plain.name}{end}").write_bytes(b"left" * 4096)
    list(back_up(large, file, KEYS))
    assert left_beside(plain) == []
    list(restore(large, file, KEYS, replace=True))
    assert count(large, Event) == 30


def test_a_second_one_at_the_same_time_is_refused_and_disturbs_nothing(
    large: Database, file: Path, plain: Path
) -> None:
    with sqlite_copy.plain_copy(Path(str(large.engine.url.database))) as copy:
        copy.write_text("of the first one")
        with pytest.raises(InvalidRequest, match="another encrypted backup of this database is being made"):
            list(back_up(large, file, KEYS))
        assert (copy, plain.read_text()) == (plain, "of the first one")
    assert names(file.parent) == set()
    list(back_up(large, file, KEYS))
