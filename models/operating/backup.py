"""Backups of the whole database: made while everything runs, checked by counts and a checksum."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from models.clock import now
from models.database import migrate
from models.database.engine import Database
from models.database.sqlite import file_of, truncate_wal
from models.errors import InvalidRequest
from models.operating import postgresql_dump, sqlite_copy
from models.operating.manifest import (
    POSTGRESQL,
    SQLITE,
    Manifest,
    check_counts,
    check_file,
    digest_of,
    manifest_path,
    read_manifest,
    summary,
    write_manifest,
)
from models.operating.running import refuse_while_running

KEEP_THE_KEYS = (
    "Keep the encryption keys as well, elsewhere: without them no secret in it can be read "
    "(ENCRYPTION_KEYS, or the file encryption-keys under PIPENOTIFY_DATA)."
)


def back_up(database: Database, file: Path) -> Iterator[str]:
    """Write a backup and its manifest; yield what was done, as lines of text.

    A file that exists is never overwritten. Raises InvalidRequest, DatabaseUnavailable.
    """
    if file.exists() or manifest_path(file).exists():
        raise InvalidRequest(f"{file} exists already: choose another name, or move it away")
    revision = migrate.current(database)
    if revision is None:
        raise InvalidRequest("the database is empty: there is nothing to back up")
    unfinished = file.with_name(f"{file.name}.unfinished")
    os.close(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600))
    try:
        counts, waited = _copy(database, unfinished)
        kind = SQLITE if database.is_sqlite else POSTGRESQL
        made = Manifest(kind, revision, now().isoformat(), digest_of(unfinished), counts)
        write_manifest(file, made)
        unfinished.replace(file)
    finally:
        unfinished.unlink(missing_ok=True)
    yield f"{file}: {summary(counts)}, at revision {revision}, {file.stat().st_size / 2**20:,.1f} MB"
    if waited:
        yield "Writers had to wait for a part of it: the write-ahead log was about to grow too large."
    yield KEEP_THE_KEYS


def _copy(database: Database, file: Path) -> tuple[dict[str, int], bool]:
    if database.is_sqlite:
        source = Path(file_of(str(database.engine.url)))
        copied = sqlite_copy.copy_snapshot(source, file, database.write_lock)
        truncate_wal(database.engine, database.write_lock)
        return copied
    return postgresql_dump.dump(database.engine, file), False


def restore(database: Database, file: Path, *, replace: bool) -> Iterator[str]:
    """Bring the database to the state of a backup; yield what was done, as lines of text.

    SQLite is only overwritten if it is empty, or with `replace`; PostgreSQL has to be empty. Nothing may run
    meanwhile. A backup of an earlier release is brought up to this one. Raises InvalidRequest.
    """
    manifest = read_manifest(file)
    check_file(file, manifest)
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
    check_counts(_fill(database, file), manifest.counts)
    yield f"{file}: {summary(manifest.counts)}, every table as it was at {manifest.made_at}"
    migrate.upgrade(database)
    if manifest.revision != migrate.head():
        yield f"brought up from revision {manifest.revision} to {migrate.head()}"


def _refuse_other_kind(database: Database, manifest: Manifest) -> None:
    if manifest.kind != (SQLITE if database.is_sqlite else POSTGRESQL):
        raise InvalidRequest(
            f"this backup is of {manifest.kind}, and DATABASE_URL names another kind: restore it to its own "
            "kind, then `python -m models copy URL`"
        )


def _fill(database: Database, file: Path) -> dict[str, int]:
    """Restore; return the rows a table."""
    if database.is_sqlite:
        with database.write_lock:
            return sqlite_copy.overwrite(file, Path(file_of(str(database.engine.url))))
    postgresql_dump.restore(database.engine.url, file)
    with database.schema() as connection:
        postgresql_dump.see_all_tenants(connection)
        return postgresql_dump.count_rows(connection)
