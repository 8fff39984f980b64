"""An encrypted backup that is not what was written is refused, and the database stays as it is."""

from __future__ import annotations

import os
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
from models.operating.backups.restore import DECRYPTED, restore
from models.security.keys import KeyRing
from models.tables import Tenant
from tests.models.maintenance.test_nothing_is_left import dump
from tests.models.rows import add

KEYS = KeyRing({"k1": bytes(range(32))})
CHUNK = 4096
SEALED = CHUNK + encrypted_file.TAG_BYTES
HEADER = 11 + len("k1") + encrypted_file.SALT_BYTES + encrypted_file.PREFIX_BYTES


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
