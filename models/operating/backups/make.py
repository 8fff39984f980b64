"""Makes a backup of the whole database while everything runs, plain or encrypted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from models.clock import now
from models.database import migrate
from models.database.engine import Database
from models.database.sqlite import file_of, truncate_wal
from models.errors import InvalidRequest
from models.operating.backups import postgresql_dump, sqlite_copy
from models.operating.backups.encrypted_file import EncryptedWriter
from models.operating.backups.manifest import (
    POSTGRESQL,
    SQLITE,
    Manifest,
    digest_of,
    manifest_path,
    summary,
    write_manifest,
)
from models.operating.backups.pieces import IsStopped, never, pieces_of, private_file, sync
from models.security.keys import KeyRing

UNFINISHED: Final = ".unfinished"
KEEP_THE_KEYS: Final = (
    "Keep the encryption keys as well, elsewhere: without them no secret in it can be read "
    "(ENCRYPTION_KEYS, or the file encryption-keys under PIPENOTIFY_DATA)."
)
KEEP_ITS_KEY: Final = (
    "It is encrypted with the key {kid!r}. Keep the encryption keys elsewhere, this one also after `rekey`: "
    "without it nothing can be restored (ENCRYPTION_KEYS, or the file encryption-keys under PIPENOTIFY_DATA)."
)


def back_up(
    database: Database, file: Path, keys: KeyRing | None = None, is_stopped: IsStopped = never
) -> Iterator[str]:
    """Write a backup and its manifest, encrypted if `keys` are given; yield what was done, as lines of text.

    A file that exists is never overwritten. Under its name there is only ever a whole backup. Raises
    InvalidRequest, DatabaseUnavailable, and BackupStopped once `is_stopped` returns True.
    """
    if file.exists() or manifest_path(file).exists():
        raise InvalidRequest(f"{file} exists already: choose another name, or move it away")
    revision = migrate.current(database)
    if revision is None:
        raise InvalidRequest("the database is empty: there is nothing to back up")
    unfinished = file.with_name(f"{file.name}{UNFINISHED}")
    with private_file(unfinished):
        counts, waited = _copy(database, unfinished, keys, is_stopped)
        sync(unfinished)
        kind = SQLITE if database.is_sqlite else POSTGRESQL
        digest, kid = digest_of(unfinished, is_stopped), keys.newest[0] if keys else None
        write_manifest(file, Manifest(kind, revision, now().isoformat(), digest, counts, kid))
        unfinished.replace(file)
        with suppress(OSError):  # not every file system can
            sync(file.parent)
    yield f"{file}: {summary(counts)}, at revision {revision}, {file.stat().st_size / 2**20:,.1f} MB"
    if waited:
        yield "Writers had to wait for a part of it: the write-ahead log was about to grow too large."
    yield KEEP_THE_KEYS if kid is None else KEEP_ITS_KEY.format(kid=kid)


def _copy(
    database: Database, file: Path, keys: KeyRing | None, is_stopped: IsStopped
) -> tuple[dict[str, int], bool]:
    """Copy the database; return the rows a table, and whether writers had to wait."""
    if not database.is_sqlite:
        with _writing(file, keys) as write:
            return postgresql_dump.dump(database.engine, write, is_stopped), False
    source = Path(file_of(str(database.engine.url)))
    if keys is None:
        return _copy_sqlite(database, source, file, is_stopped)
    # SQLite can copy itself into a file only: beside what is plain anyway, and not where backups are kept.
    with sqlite_copy.plain_copy(source) as plain:
        copied = _copy_sqlite(database, source, plain, is_stopped)
        with _writing(file, keys) as write:
            for piece in pieces_of(plain, is_stopped):
                write(piece)
    return copied


def _copy_sqlite(
    database: Database, source: Path, file: Path, is_stopped: IsStopped
) -> tuple[dict[str, int], bool]:
    copied = sqlite_copy.copy_snapshot(source, file, database.write_lock, is_stopped)
    truncate_wal(database.engine, database.write_lock)
    return copied


@contextmanager
def _writing(file: Path, keys: KeyRing | None) -> Iterator[Callable[[bytes], object]]:
    """Open a file; what the block writes into it is encrypted if `keys` are given."""
    with file.open("wb") as out:
        if keys is None:
            yield out.write
            return
        writer = EncryptedWriter(out, keys)
        yield writer.write
        writer.finish()
