"""A manifest finds every difference between a backup and what was backed up."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from models.errors import InvalidRequest
from models.operating.backups.manifest import (
    Manifest,
    check_counts,
    check_file,
    digest_of,
    manifest_path,
    read_manifest,
    summary,
    write_manifest,
)


@pytest.fixture
def backup(tmp_path: Path) -> Path:
    file = tmp_path / "b.db"
    file.write_bytes(b"rows")
    write_manifest(file, Manifest("sqlite", "0020", "2026-11-28", digest_of(file), {"events": 3}))
    return file


def test_it_says_what_it_was_given(backup: Path) -> None:
    manifest = read_manifest(backup)
    assert (manifest.kind, manifest.revision, manifest.counts) == ("sqlite", "0020", {"events": 3})
    check_file(backup, manifest)


def test_one_changed_byte_is_found(backup: Path) -> None:
    manifest = read_manifest(backup)
    backup.write_bytes(b"rowz")
    with pytest.raises(InvalidRequest, match="checksum differs"):
        check_file(backup, manifest)
    backup.unlink()
    with pytest.raises(InvalidRequest, match="does not exist"):
        check_file(backup, manifest)


@pytest.mark.parametrize("content", ["", "{}", "[]", '{"kind": 1, "more": 2}'])
def test_what_is_no_manifest_is_refused(backup: Path, content: str) -> None:
    manifest_path(backup).write_text(content)
    with pytest.raises(InvalidRequest, match="no manifest"):
        read_manifest(backup)
    manifest_path(backup).unlink()
    with pytest.raises(InvalidRequest, match="is missing"):
        read_manifest(backup)


def test_every_table_with_another_count_is_named() -> None:
    check_counts({"a": 1, "new": 5}, {"a": 1})
    with pytest.raises(InvalidRequest, match=re.escape("a: 2 rows instead of 1\nb: 0 rows instead of 3")):
        check_counts({"a": 2}, {"a": 1, "b": 3})


def test_a_summary_names_what_people_know() -> None:
    counts = {"tenants": 1, "rules": 2, "names": 1000}
    assert summary(counts) == "1,003 rows in 3 tables (tenants 1, rules 2, events 0, deliveries 0)"
