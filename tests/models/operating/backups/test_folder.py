"""Of the daily backups the newest stay; what a killed one left goes; other files are nobody's business."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from models.errors import InvalidRequest
from models.operating.backups.folder import backup_path, remove_left_over, remove_old, require_folder

OTHERS = {"notes.txt", "pipenotify-2026-11-28.db", "pipenotify-2026-11-28.db.unfinished", "mine.manifest"}


def put(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).write_text("")


def names(folder: Path) -> set[str]:
    return {each.name for each in folder.iterdir()}


def backups(*days: int) -> set[str]:
    return {f"pipenotify-2026-11-{day:02d}T0312Z.backup{end}" for day in days for end in ("", ".manifest")}


def test_a_backup_is_called_after_its_moment(tmp_path: Path) -> None:
    at = datetime(2026, 11, 30, 3, 12, 59, tzinfo=UTC)
    assert backup_path(tmp_path, at) == tmp_path / "pipenotify-2026-11-30T0312Z.backup"


def test_all_but_the_newest_are_removed_with_their_manifests(tmp_path: Path) -> None:
    put(tmp_path, *backups(1, 2, 9, 10), *OTHERS)
    new = tmp_path / "pipenotify-2026-11-10T0312Z.backup"
    assert remove_old(tmp_path, 2, new) == 2
    assert names(tmp_path) == backups(9, 10) | OTHERS
    assert remove_old(tmp_path, 2, new) == 0
    assert remove_old(tmp_path, 9, new) == 0


@pytest.mark.parametrize(("keep", "kept"), [(1, {3}), (2, {2, 3}), (4, {2, 3, 27, 28})])
def test_those_of_a_clock_that_was_ahead_go_first_and_the_new_one_stays(
    tmp_path: Path, keep: int, kept: set[int]
) -> None:
    put(tmp_path, *backups(2, 3, 26, 27, 28))
    remove_old(tmp_path, keep, tmp_path / "pipenotify-2026-11-03T0312Z.backup")
    assert names(tmp_path) == backups(*kept)


def test_what_a_killed_one_left_is_removed(tmp_path: Path) -> None:
    killed = "pipenotify-2026-11-30T0312Z.backup"
    left = {f"{killed}{end}" for end in (".unfinished", ".unfinished.plain", ".unfinished.plain-journal")}
    put(tmp_path, *backups(29), *OTHERS, *left, f"{killed}.manifest")
    remove_left_over(tmp_path)
    assert names(tmp_path) == backups(29) | OTHERS


def test_a_folder_that_is_missing_is_not_made(tmp_path: Path) -> None:
    require_folder(tmp_path)
    with pytest.raises(InvalidRequest, match="mount its disk"):
        require_folder(tmp_path / "none")
    assert not (tmp_path / "none").exists()
