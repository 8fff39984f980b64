"""The manifest of a backup, a JSON file beside it: what a restored database is compared with."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from models.errors import InvalidRequest
from models.operating.backups.pieces import IsStopped, never, pieces_of, sync

SQLITE: Final = "sqlite"
POSTGRESQL: Final = "postgresql"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds: of which kind, at which revision of the schema, with how many rows a table.

    `sha256` is of the file as it lies there, so that a check needs no key. `encrypted_with` is the id of the
    key that it needs, None for a plain one.
    """

    kind: str
    revision: str
    made_at: str
    sha256: str
    counts: dict[str, int]
    encrypted_with: str | None = None


def manifest_path(backup: Path) -> Path:
    return backup.with_name(f"{backup.name}.manifest")


def write_manifest(backup: Path, manifest: Manifest) -> None:
    """Write the manifest of a backup, for good. Earlier releases can read that of a plain one."""
    fields = {name: value for name, value in asdict(manifest).items() if value is not None}
    path = manifest_path(backup)
    path.write_text(json.dumps(fields, indent=1, sort_keys=True) + "\n", "utf-8")
    sync(path)


def read_manifest(backup: Path) -> Manifest:
    """Read the manifest of a backup. Raises InvalidRequest if there is none that can be read."""
    path = manifest_path(backup)
    try:
        return Manifest(**json.loads(path.read_text("utf-8")))
    except FileNotFoundError as missing:
        raise InvalidRequest(
            f"{path} is missing: it is written beside each backup; copy it as well"
        ) from missing
    except (ValueError, TypeError) as wrong:
        raise InvalidRequest(f"{path} is no manifest of a backup") from wrong


def digest_of(file: Path, is_stopped: IsStopped = never) -> str:
    """Return the SHA-256 of a file, in hexadecimal. Raises BackupStopped."""
    digest = hashlib.sha256()
    for piece in pieces_of(file, is_stopped):
        digest.update(piece)
    return digest.hexdigest()


def check_file(backup: Path, manifest: Manifest, is_stopped: IsStopped = never) -> None:
    """Raise InvalidRequest unless a backup is the file that its manifest describes, and BackupStopped."""
    if not backup.exists():
        raise InvalidRequest(f"{backup} does not exist")
    if digest_of(backup, is_stopped) != manifest.sha256:
        raise InvalidRequest(f"{backup} is not what was backed up: its checksum differs from its manifest's")


def check_counts(found: Mapping[str, int], expected: Mapping[str, int]) -> None:
    """Raise InvalidRequest unless every table has as many rows as expected."""
    wrong = [
        f"{table}: {found.get(table, 0):,} rows instead of {count:,}"
        for table, count in sorted(expected.items())
        if found.get(table, 0) != count
    ]
    if wrong:
        raise InvalidRequest("\n".join(wrong))


def summary(counts: Mapping[str, int]) -> str:
    """Return how much there is, in words."""
    names = ("tenants", "rules", "events", "deliveries")
    named = ", ".join(f"{name} {counts.get(name, 0):,}" for name in names)
    return f"{sum(counts.values()):,} rows in {len(counts)} tables ({named})"
