"""What is no whole SQLite file is neither copied nor restored."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from models.database.write_lock import NoWriteLock
from models.errors import InvalidRequest
from models.operating.backups.sqlite_copy import (
    check_integrity,
    copy_snapshot,
    count_rows,
    open_file,
    overwrite,
)


def test_rows_are_counted_by_table(tmp_path: Path) -> None:
    with closing(sqlite3.connect(tmp_path / "a.db")) as made:
        made.executescript("CREATE TABLE a (x); CREATE TABLE b (x); INSERT INTO b VALUES (1), (2);")
        assert count_rows(made) == {"a": 0, "b": 2}


def test_a_file_that_is_no_database_is_refused_and_changes_nothing(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database " * 1000)
    target = tmp_path / "target.db"
    with closing(sqlite3.connect(target)) as made:
        made.execute("CREATE TABLE kept (x)")
        made.commit()
    with pytest.raises(InvalidRequest, match="no whole SQLite database"):
        overwrite(tmp_path / "text.db", target)
    with closing(open_file(target, read_only=True)) as kept:
        check_integrity(kept, target)
        assert count_rows(kept) == {"kept": 0}


def test_a_copy_that_cannot_be_written_says_where_it_should_have_been(tmp_path: Path) -> None:
    source, target = tmp_path / "a.db", tmp_path / "away/b.db"
    with closing(sqlite3.connect(source)) as made:
        made.execute("CREATE TABLE a (x)")
    with pytest.raises(InvalidRequest, match=f"{source} cannot be copied to {target}: unable to open"):
        copy_snapshot(source, target, NoWriteLock())
