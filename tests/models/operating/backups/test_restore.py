"""An encrypted backup that is not what was written is refused, and the database stays as it is."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import inspect

from models.database.engine import Database
from models.errors import InvalidRequest
from models.operating.backups import encrypted_file, postgresql_dump, sqlite_copy
from models.operating.backups.encrypted_file import EncryptedFile
from models.operating.backups.make import back_up
from models.operating.backups.manifest import digest_of, read_manifest, write_manifest
from models.operating.backups.pieces import STOPS, BackupStopped
from models.operating.backups.restore import DECRYPTED, restore
from models.security.keys import KeyRing
from models.settings import from_env
from models.tables import Tenant
from tests.crm import environment
from tests.models.maintenance.test_nothing_is_left import dump
from tests.models.rows import add
from tests.stack import ROOT

KEYS = KeyRing({"k1": bytes(range(32))})
CHUNK = 4096
SEALED = CHUNK + encrypted_file.TAG_BYTES
HEADER = 11 + len("k1") + encrypted_file.SALT_BYTES + encrypted_file.PREFIX_BYTES

# `python -m models`, which gets a signal once a piece is decrypted.
PROGRAM = """
import os, sys
from models.__main__ import main
from models.operating.backups.encrypted_file import EncryptedFile

decrypt = EncryptedFile.decrypt

def decrypt_then_signal(self, keys):
    for piece in decrypt(self, keys):
        os.kill(os.getpid(), int(sys.argv[1]))
        yield piece

EncryptedFile.decrypt = decrypt_then_signal
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def backup(filled: Database, file: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An encrypted backup in small chunks."""
    monkeypatch.setattr(encrypted_file, "PIECE", CHUNK)
    list(back_up(filled, file, KEYS))
    assert file.stat().st_size > 5 * SEALED
    return file


def flip(raw: bytes) -> bytes:
    return raw[: len(raw) // 2] + bytes([raw[len(raw) // 2] ^ 1]) + raw[len(raw) // 2 + 1 :]


def flip_the_last(raw: bytes) -> bytes:
    return raw[:-1] + bytes([raw[-1] ^ 1])


def cut(raw: bytes) -> bytes:
    return raw[: HEADER + 3 * SEALED]


def swap(raw: bytes) -> bytes:
    one, two, three = (HEADER + number * SEALED for number in (1, 2, 3))
    return raw[:one] + raw[two:three] + raw[one:two] + raw[three:]


def damage(backup: Path, how: Callable[[bytes], bytes]) -> None:
    """Change a backup, and its manifest so that it fits."""
    manifest = read_manifest(backup)
    backup.write_bytes(how(backup.read_bytes()))
    write_manifest(backup, replace(manifest, sha256=digest_of(backup)))


@pytest.mark.parametrize("how", [flip, flip_the_last, cut, swap])
def test_a_changed_file_leaves_an_empty_database_empty(
    backup: Path, empty_database: Database, how: Callable[[bytes], bytes]
) -> None:
    damage(backup, how)
    with pytest.raises(InvalidRequest, match="changed or cut short"):
        list(restore(empty_database, backup, KEYS, replace=False))
    assert inspect(empty_database.engine).get_table_names() == []


@pytest.mark.parametrize("how", [flip, flip_the_last, cut, swap])
def test_a_changed_file_does_not_overwrite(
    backup: Path, filled: Database, how: Callable[[bytes], bytes]
) -> None:
    if not filled.is_sqlite:
        pytest.skip("PostgreSQL is never overwritten")
    add(filled, Tenant(name="Later"))
    before = dump(filled)
    damage(backup, how)
    with pytest.raises(InvalidRequest, match="changed or cut short"):
        list(restore(filled, backup, KEYS, replace=True))
    assert dump(filled) == before
    beside = Path(str(filled.engine.url.database)).parent
    assert list(beside.glob(f"*{DECRYPTED}*")) == []


def test_nothing_is_begun_before_the_last_byte_is_known_to_be_right(
    backup: Path, empty_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = tmp_path / "begun"
    program = tmp_path / "pg_restore"
    program.write_text(f"#!/bin/sh\ntouch {begun}\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    monkeypatch.setattr(sqlite_copy, "overwrite", lambda *_: begun.touch())
    damage(backup, flip_the_last)
    with pytest.raises(InvalidRequest, match="changed or cut short"):
        list(restore(empty_database, backup, KEYS, replace=False))
    assert not begun.exists()


def test_a_wrong_and_a_missing_key_are_told_apart(backup: Path, empty_database: Database) -> None:
    with pytest.raises(InvalidRequest, match="another key of this id"):
        list(restore(empty_database, backup, KeyRing({"k1": bytes(32)}), replace=False))
    with pytest.raises(InvalidRequest, match="the key 'k1', which is missing from ENCRYPTION_KEYS"):
        list(restore(empty_database, backup, KeyRing({"k2": bytes(range(32))}), replace=False))
    assert inspect(empty_database.engine).get_table_names() == []


def test_a_file_whose_manifest_says_otherwise_is_refused(backup: Path, filled: Database) -> None:
    """So nobody can put a plain file in the place of an encrypted one unnoticed."""
    found = EncryptedFile.recognise(backup)
    assert found is not None
    plain = b"".join(found.decrypt(KEYS))
    damage(backup, lambda _raw: plain)
    with pytest.raises(InvalidRequest, match="is plain, and its manifest describes one that is encrypted"):
        list(restore(filled, backup, KEYS, replace=True))


def test_a_dump_that_breaks_off_restores_nothing(backup: Path, empty_database: Database) -> None:
    """The program that restores is ended before it can take what came for all there is."""
    if empty_database.is_sqlite:
        pytest.skip("SQLite is overwritten at once")
    found = EncryptedFile.recognise(backup)
    assert found is not None
    pieces = list(found.decrypt(KEYS))

    def broken_off() -> Iterator[bytes]:
        yield from pieces
        raise InvalidRequest("the disk is gone")

    with pytest.raises(InvalidRequest, match="the disk is gone"):
        postgresql_dump.restore(empty_database.engine.url, broken_off())
    assert inspect(empty_database.engine).get_table_names() == []
    with pytest.raises(InvalidRequest, match="pg_restore failed"):
        postgresql_dump.restore(empty_database.engine.url, pieces[:5])
    assert inspect(empty_database.engine).get_table_names() == []


@pytest.mark.parametrize("after", range(12))
def test_one_that_is_stopped_changes_and_leaves_nothing(
    backup: Path, empty_database: Database, after: int
) -> None:
    """It is asked before each piece that is read, decrypted, and put into the database."""
    asked = iter(range(after))
    with pytest.raises(BackupStopped):
        list(restore(empty_database, backup, KEYS, replace=False, is_stopped=lambda: next(asked, -1) < 0))
    assert inspect(empty_database.engine).get_table_names() == []
    if empty_database.is_sqlite:
        beside = Path(str(empty_database.engine.url.database)).parent
        assert list(beside.glob(f"*{DECRYPTED}*")) == []


def test_one_that_is_stopped_while_it_is_written_leaves_the_database_as_it_was(
    backup: Path, filled: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not filled.is_sqlite:
        pytest.skip("PostgreSQL is never overwritten")
    monkeypatch.setattr(sqlite_copy, "PAGES", 1)
    add(filled, Tenant(name="Later"))
    before, check, pages = dump(filled), sqlite_copy.check_integrity, iter(range(20))
    is_checked = threading.Event()

    def check_then_write(connection: sqlite3.Connection, plain: Path) -> None:
        check(connection, plain)
        is_checked.set()

    monkeypatch.setattr(sqlite_copy, "check_integrity", check_then_write)
    with pytest.raises(BackupStopped):
        list(
            restore(
                filled,
                backup,
                KEYS,
                replace=True,
                is_stopped=lambda: is_checked.is_set() and next(pages, None) is None,
            )
        )
    assert is_checked.is_set()
    assert dump(filled) == before


@pytest.mark.parametrize("how", STOPS)
def test_a_signal_while_it_is_decrypted_leaves_nothing_plain(
    tmp_path: Path, migrated_sqlite: Path, file: Path, how: signal.Signals
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    shutil.copyfile(migrated_sqlite, data / "pipenotify.db")
    database = Database(f"sqlite:///{data}/pipenotify.db")
    add(database, Tenant(name="Acme"))
    env = os.environ | environment("http://127.0.0.1:9", data)
    list(back_up(database, file, from_env(env).encryption_keys))
    before = dump(database)
    command = [sys.executable, "-c", PROGRAM, str(int(how)), "restore", str(file), "--replace"]
    database.close()
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "stopped before its end: nothing of it is left\n")
    assert list(data.glob(f"*{DECRYPTED}*")) == []
    assert dump(database) == before
    database.close()
