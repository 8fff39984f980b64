"""A private file is new and for its owner alone; signals stop what runs in good order."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from models.operating.backups.pieces import (
    PIECE,
    STOPS,
    BackupStopped,
    pieces_of,
    private_file,
    stopped_by_signals,
)


def test_a_private_file_takes_the_place_of_one_that_others_could_read(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("old")
    file.chmod(0o644)
    with file.open() as opened_before, private_file(file):
        assert (file.stat().st_mode & 0o777, file.stat().st_size) == (0o600, 0)
        file.write_text("secret")
        assert opened_before.read() == "old"
    assert not file.exists()


def test_a_private_file_is_not_where_a_link_leads(tmp_path: Path) -> None:
    elsewhere, file = tmp_path / "elsewhere", tmp_path / "file"
    elsewhere.write_text("kept")
    file.symlink_to(elsewhere)
    with private_file(file):
        assert not file.is_symlink()
        file.write_text("secret")
    assert (elsewhere.read_text(), file.exists()) == ("kept", False)


def test_a_private_file_that_was_renamed_stays(tmp_path: Path) -> None:
    with private_file(tmp_path / "file"):
        (tmp_path / "file").replace(tmp_path / "whole")
    assert (tmp_path / "whole").exists()


def test_a_file_is_read_in_pieces_until_it_is_stopped(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_bytes(os.urandom(PIECE + 1))
    assert b"".join(pieces_of(file)) == file.read_bytes()
    asked = iter([False, True])
    pieces = pieces_of(file, lambda: next(asked))
    assert len(next(pieces)) == PIECE
    with pytest.raises(BackupStopped):
        next(pieces)


@pytest.fixture
def heard() -> Iterator[list[int]]:
    """The signals that reach this process while none of ours stops anything."""
    came: list[int] = []
    before = {each: signal.signal(each, lambda signum, _frame: came.append(signum)) for each in STOPS}
    yield came
    for each, handler in before.items():
        signal.signal(each, handler)


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_stops_the_block_and_means_afterwards_what_it_did(
    heard: list[int], how: signal.Signals
) -> None:
    with stopped_by_signals() as is_stopped:
        assert not is_stopped()
        os.kill(os.getpid(), how)
        assert is_stopped()
    assert heard == []
    os.kill(os.getpid(), how)
    assert heard == [how]


@pytest.mark.usefixtures("heard")
def test_what_nohup_ignores_stops_nothing() -> None:
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    with stopped_by_signals() as is_stopped:
        os.kill(os.getpid(), signal.SIGHUP)
        assert not is_stopped()
