"""The file of the playground's state is whole at any moment, and only its owner reads it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.stack import ROOT
from web.playground.saved.state_file import NAME, StateFile

WRITER = """
import sys
from pathlib import Path
from web.playground.saved.state_file import StateFile
file, number = StateFile(Path(sys.argv[1])), 0
while True:
    number += 1
    file.write({"numbers": [number] * 20000})
"""


def test_what_was_written_is_read_again(tmp_path: Path) -> None:
    file = StateFile(tmp_path)
    assert file.read() is None
    file.write({"title": "Überraschung ☕", "n": [1, None, 2.5]})
    found = StateFile(tmp_path).read()
    assert found is not None
    assert (found["title"], found["n"]) == ("Überraschung ☕", [1, None, 2.5])
    assert file.path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in tmp_path.iterdir()] == [NAME]


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[]", b'{"version": 999}', b"null"])
def test_what_cannot_be_read_is_kept_beside_and_begun_anew(tmp_path: Path, body: bytes) -> None:
    (tmp_path / NAME).write_bytes(body)
    assert StateFile(tmp_path).read() is None
    assert not (tmp_path / NAME).exists()
    assert (tmp_path / "playground.json.unreadable").read_bytes() == body


def test_a_failed_write_leaves_the_old_state(tmp_path: Path) -> None:
    file = StateFile(tmp_path)
    file.write({"n": 1})
    with pytest.raises(TypeError):
        file.write({"n": object()})
    assert (file.read() or {})["n"] == 1
    assert [each.name for each in tmp_path.iterdir()] == [NAME]


def test_forgetting_leaves_nothing_not_even_what_a_killed_writer_left(tmp_path: Path) -> None:
    file = StateFile(tmp_path)
    file.write({})
    (tmp_path / f".{NAME}.half").write_text("{")
    file.forget()
    file.forget()
    assert list(tmp_path.iterdir()) == []


def test_kill_9_in_the_middle_of_writing_never_breaks_the_file(tmp_path: Path) -> None:
    for moment in (0.0, 0.013, 0.031):
        writer = subprocess.Popen([sys.executable, "-c", WRITER, str(tmp_path)], cwd=ROOT)
        until = time.monotonic() + 20
        (tmp_path / NAME).unlink(missing_ok=True)
        while not (tmp_path / NAME).exists() and time.monotonic() < until:
            time.sleep(0.005)
        time.sleep(moment)
        os.kill(writer.pid, signal.SIGKILL)
        writer.wait()
        numbers = (StateFile(tmp_path).read() or {})["numbers"]
        assert len(numbers) == 20000
        assert len(set(numbers)) == 1
