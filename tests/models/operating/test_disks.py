"""A disk is full by its bytes or by its share; each is looked at once, and one that is away is no crash."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pytest

from models.database.engine import Database
from models.operating.disks import full_disks, own_folders, room
from models.settings import from_env


class DiskUsage(NamedTuple):
    total: int
    used: int
    free: int


@pytest.mark.parametrize(
    ("total_gb", "free_gb", "is_full"),
    [(100, 6, False), (100, 5, False), (100, 4.9, True), (10, 1, False), (10, 0.9, True), (2000, 90, True)],
)
def test_a_disk_is_full_below_a_gigabyte_or_a_twentieth(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, total_gb: float, free_gb: float, *, is_full: bool
) -> None:
    usage = DiskUsage(int(total_gb * 2**30), 0, int(free_gb * 2**30))
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: usage)
    assert room(tmp_path)[0] is is_full


def test_both_folders_are_looked_at_and_named_when_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    data.mkdir()
    elsewhere.mkdir()
    url = f"sqlite:///{elsewhere / 'pipenotify.db'}"
    settings = from_env({"PIPENOTIFY_DATA": str(data), "DATABASE_URL": url})
    database = Database(url)
    assert own_folders(database, settings) == [data, elsewhere]
    monkeypatch.setattr("shutil.disk_usage", lambda _folder: DiskUsage(2**40, 0, 1))
    assert [
        str(data) in full_disks(database, settings)[0],
        str(elsewhere) in full_disks(database, settings)[1],
    ]
    database.close()
