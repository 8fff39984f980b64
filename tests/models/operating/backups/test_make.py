"""A backup brings back every row, made while others write; nothing is overwritten by mistake."""

from __future__ import annotations

import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import select

from models.database import migrate
from models.database.engine import Database
from models.errors import InvalidRequest
from models.operating.backups import sqlite_copy
from models.operating.backups.make import back_up
from models.operating.backups.manifest import read_manifest
from models.operating.backups.restore import restore
from models.security.audit import Auditor
from models.security.keys import KeyRing
from models.tables import Event, Tenant
from models.tables.base import Base
from tests.conftest import AUDIT_KEY
from tests.models.maintenance.test_nothing_is_left import dump
from tests.models.rows import add, count, event
from tests.stack import wait_until

KEYS = KeyRing({"test": bytes(range(32))})
needs_programs = pytest.mark.skipif(shutil.which("pg_dump") is None, reason="there is no pg_dump here")


@needs_programs
def test_every_row_of_every_table_comes_back(filled: Database, empty_database: Database, file: Path) -> None:
    before = dump(filled)
    lines = list(back_up(filled, file))
    assert lines[0].startswith(f"{file}: {len(before):,} rows in {len(Base.metadata.tables) + 1} tables")
    assert "encryption keys" in lines[-1]
    assert file.stat().st_mode & 0o077 == 0

    done = list(restore(empty_database, file, KEYS, replace=False))

    assert sorted(dump(empty_database)) == sorted(before)
    assert "every table as it was" in done[0]
    add(empty_database, Tenant(name="New"))  # numbers go on behind the old ones


@needs_programs
def test_an_earlier_release_is_brought_up(empty_database: Database, database: Database, file: Path) -> None:
    migrate.downgrade(database, "0018")
    list(back_up(database, file))
    assert read_manifest(file).revision == "0018"
    assert (
        list(restore(empty_database, file, KEYS, replace=False))[1]
        == f"brought up from revision 0018 to {migrate.head()}"
    )
    assert migrate.current(empty_database) == migrate.head()


@needs_programs
def test_what_is_there_is_not_lost_by_mistake(filled: Database, file: Path) -> None:
    list(back_up(filled, file))
    with pytest.raises(InvalidRequest, match="exists already"):
        list(back_up(filled, file))
    with pytest.raises(InvalidRequest, match="not empty"):
        list(restore(filled, file, KEYS, replace=False))
    if filled.is_sqlite:
        add(filled, Tenant(name="Later"))
        list(restore(filled, file, KEYS, replace=True))
        assert count(filled, Tenant) == 2
    else:
        with pytest.raises(InvalidRequest, match="createdb"):
            list(restore(filled, file, KEYS, replace=True))


def test_an_empty_database_is_not_backed_up(bare_database: Database, file: Path) -> None:
    with pytest.raises(InvalidRequest, match="nothing to back up"):
        list(back_up(bare_database, file))
    assert list(file.parent.glob("backup*")) == []


@pytest.fixture
def small(tmp_path: Path, migrated_sqlite: Path) -> Iterator[Database]:
    shutil.copyfile(migrated_sqlite, tmp_path / "small.db")
    made = Database(f"sqlite:///{tmp_path}/small.db", Auditor(AUDIT_KEY))
    add(made, Tenant(name="Acme"))
    yield made
    made.close()


def test_a_damaged_backup_changes_nothing(small: Database, file: Path) -> None:
    list(back_up(small, file))
    raw = bytearray(file.read_bytes())
    raw[len(raw) // 2] ^= 0xFF
    file.write_bytes(raw)
    with pytest.raises(InvalidRequest, match="checksum"):
        list(restore(small, file, KEYS, replace=True))
    assert count(small, Tenant) == 1


def test_a_backup_of_the_other_kind_and_of_a_newer_release_is_refused(small: Database, file: Path) -> None:
    list(back_up(small, file))
    manifest = file.with_name("backup.manifest")
    for old, new, words in (
        ('"sqlite"', '"postgresql"', "models copy"),
        (f'"{migrate.head()}"', '"9999"', "newer release"),
    ):
        text = manifest.read_text()
        manifest.write_text(text.replace(old, new))
        with pytest.raises(InvalidRequest, match=words):
            list(restore(small, file, KEYS, replace=True))
        manifest.write_text(text)


@contextmanager
def writing(add_some: Callable[[int], None]) -> Iterator[None]:
    """Let another thread write again and again."""
    over = threading.Event()

    def write() -> None:
        number = 0
        while not over.is_set():
            add_some(number)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        yield
    finally:
        over.set()
        writer.join()


def test_a_backup_made_while_others_write_is_one_moment(small: Database, file: Path) -> None:
    """Events are stored in pairs, one transaction each: no backup has half a pair."""

    def add_pair(number: int) -> None:
        add(small, event(1, f"a{number}", raw=b"x" * 20_000), event(1, f"b{number}"))

    with writing(add_pair):
        wait_until(lambda: count(small, Event) >= 60, 30.0)
        list(back_up(small, file))
    counted = read_manifest(file).counts["events"]
    assert counted >= 60
    assert counted % 2 == 0
    list(restore(small, file, KEYS, replace=True))
    with small.reading_all() as session:
        assert len(session.scalars(select(Event.id)).all()) == counted


def test_writers_wait_for_the_rest_of_a_copy_once_the_log_is_large_and_not_for_its_check(
    small: Database, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is read the log can only grow, so it does not any more then."""
    add(small, *(event(1, f"old{number}", raw=b"x" * 100_000) for number in range(40)))
    monkeypatch.setattr(sqlite_copy, "PAGES", 20)
    monkeypatch.setattr(sqlite_copy, "WRITERS_WAIT_AFTER", 200_000)
    wal, is_copied, sizes = Path(f"{small.engine.url.database}-wal"), threading.Event(), list[int]()

    def look() -> bool:
        if not is_copied.is_set():
            sizes.append(wal.stat().st_size)
            time.sleep(0.01)
        return False

    def wait_for_a_writer(_connection: sqlite3.Connection, _copied: Path) -> None:
        is_copied.set()
        before = count(small, Event)
        wait_until(lambda: count(small, Event) > before, 10.0)

    monkeypatch.setattr(sqlite_copy, "check_integrity", wait_for_a_writer)
    with writing(lambda number: add(small, event(1, f"new{number}", raw=b"x" * 50_000))):
        wait_until(lambda: count(small, Event) >= 50, 30.0)
        done = list(back_up(small, file, is_stopped=look))
    assert "Writers had to wait" in done[1]
    _, *while_they_wait = (size for size in sizes if size > 200_000)
    assert len(while_they_wait) > 10
    assert len(set(while_they_wait)) == 1
    assert read_manifest(file).counts["events"] >= 50
