"""Restores a backup: the file is checked first, and the restored rows are compared with its manifest."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from models.database import migrate
from models.database.engine import Database
from models.database.sqlite import file_of
from models.errors import InvalidRequest
from models.operating.backups import postgresql_dump, sqlite_copy
from models.operating.backups.encrypted_file import EncryptedFile
from models.operating.backups.manifest import (
    POSTGRESQL,
    SQLITE,
    Manifest,
    check_counts,
    check_file,
    read_manifest,
    summary,
)
from models.operating.backups.pieces import IsStopped, never, pieces_of, private_file, until_stopped
from models.operating.running import refuse_while_running
from models.security.keys import KeyRing

DECRYPTED: Final = "-restored"


@dataclass(frozen=True, slots=True)
class _Content:
    """What a backup holds, and whether its restore is to end."""

    file: Path
    encrypted: EncryptedFile | None
    keys: KeyRing
    is_stopped: IsStopped

    def pieces(self) -> Iterator[bytes]:
        """Yield it decrypted. Raises InvalidRequest, BackupStopped."""
        if self.encrypted is None:
            return pieces_of(self.file, self.is_stopped)
        return until_stopped(self.encrypted.decrypt(self.keys), self.is_stopped)


def restore(
    database: Database, file: Path, keys: KeyRing, *, replace: bool, is_stopped: IsStopped = never
) -> Iterator[str]:
    """Bring the database to the state of a backup; yield what was done, as lines of text.

    SQLite is only overwritten if it is empty, or with `replace`; PostgreSQL has to be empty. Nothing may run
    meanwhile. A backup of an earlier release is brought up to this one. An encrypted file is recognised, and
    authenticated as a whole before the database is touched. Raises InvalidRequest, and BackupStopped once
    `is_stopped` returns True: then the database is as it was, and nothing plain is left.
    """
    manifest = read_manifest(file)
    check_file(file, manifest, is_stopped)
    encrypted = _recognise(file, manifest)
    _refuse_other_kind(database, manifest)
    if not migrate.is_known(manifest.revision):
        raise InvalidRequest(f"{file} is of a newer release, at revision {manifest.revision}")
    has_tables = migrate.current(database) is not None
    if has_tables and not (replace and database.is_sqlite):
        raise InvalidRequest(
            "the database is not empty: add --replace to lose what is in it"
            if database.is_sqlite
            else "the database is not empty: make an empty one (createdb) and name it in DATABASE_URL"
        )
    refuse_while_running(database)
    fill = _fill_sqlite if database.is_sqlite else _fill_postgresql
    content = _Content(file, encrypted, keys, is_stopped)
    check_counts(fill(database, content), manifest.counts)
    yield f"{file}: {summary(manifest.counts)}, every table as it was at {manifest.made_at}"
    migrate.upgrade(database)
    if manifest.revision != migrate.head():
        yield f"brought up from revision {manifest.revision} to {migrate.head()}"


def _recognise(file: Path, manifest: Manifest) -> EncryptedFile | None:
    """Return the file if it is encrypted. Raises InvalidRequest where its manifest says otherwise."""
    found = EncryptedFile.recognise(file)
    kid = found.kid if found else None
    if kid != manifest.encrypted_with:
        is_now, was = (
            f"encrypted with {each!r}" if each else "plain" for each in (kid, manifest.encrypted_with)
        )
        raise InvalidRequest(f"{file} is {is_now}, and its manifest describes one that is {was}")
    return found


def _refuse_other_kind(database: Database, manifest: Manifest) -> None:
    if manifest.kind != (SQLITE if database.is_sqlite else POSTGRESQL):
        raise InvalidRequest(
            f"this backup is of {manifest.kind}, and DATABASE_URL names another kind: restore it to its own "
            "kind, then `python -m models copy URL`"
        )


def _fill_sqlite(database: Database, content: _Content) -> dict[str, int]:
    """Overwrite the database by a backup; return the rows a table."""
    target = Path(file_of(str(database.engine.url)))
    if content.encrypted is None:
        with database.write_lock:
            return sqlite_copy.overwrite(content.file, target, content.is_stopped)
    plain = target.with_name(f"{target.name}{DECRYPTED}")  # beside what is plain anyway
    with private_file(plain):
        with plain.open("wb") as out:
            for piece in content.pieces():
                out.write(piece)
        with database.write_lock:
            return sqlite_copy.overwrite(plain, target, content.is_stopped)


def _fill_postgresql(database: Database, content: _Content) -> dict[str, int]:
    """Fill the empty database from a backup; return the rows a table."""
    if content.encrypted is not None:
        for _ in content.pieces():
            pass  # the whole file is authenticated before anything of it is restored
    postgresql_dump.restore(database.engine.url, content.pieces(), content.is_stopped)
    with database.schema() as connection:
        postgresql_dump.see_all_tenants(connection)
        return postgresql_dump.count_rows(connection)
