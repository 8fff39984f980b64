"""What prevents a demo's start is one line with the next step."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from tests.stack import free_port
from web.playground.start import CannotStart, check_folder, check_port, lock_folder


@pytest.mark.parametrize("value", ["abc", "0", "-1", "99999", "80 80", "٣٣٣٣", ""])
def test_what_is_no_port_is_said(value: str) -> None:
    with pytest.raises(CannotStart) as refused:
        check_port(value)
    assert str(refused.value) == f"PORT should be a number from 1 to 65535, not {value!r}"


def test_a_free_port_is_taken_as_it_is_and_a_taken_one_refused() -> None:
    port = free_port()
    assert check_port(str(port)) == port
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with pytest.raises(CannotStart, match=f"port {port} is taken; say another"):
            check_port(str(port))


def test_a_folder_is_made_with_its_parents_for_its_owner_alone(tmp_path: Path) -> None:
    check_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ("file", "is a file or below one"),
        ("file/below", "is a file or below one"),
        ("/proc/nowhere", "cannot be made (No such file or directory)"),
    ],
)
def test_a_folder_that_cannot_be_is_one_line(tmp_path: Path, where: str, words: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(CannotStart) as refused:
        check_folder(tmp_path / where)
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)
    assert str(refused.value).endswith("say another: PIPENOTIFY_DATA=/tmp/demo make demo")


@pytest.mark.skipif(os.geteuid() == 0, reason="NOT RUN: root may write anywhere")
def test_a_forbidden_folder_is_one_line(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(CannotStart, match="cannot be"):
        check_folder(tmp_path / "data")
    with pytest.raises(CannotStart, match="cannot be written by this user"):
        check_folder(tmp_path)


def test_a_folder_is_free_again_when_the_last_process_let_go(tmp_path: Path) -> None:
    first = lock_folder(tmp_path, "http://127.0.0.1:1/playground")
    inherited = os.dup(first)
    os.close(first)
    with pytest.raises(CannotStart, match=r"a demo at http://127\.0\.0\.1:1/playground uses .* already"):
        lock_folder(tmp_path, "http://127.0.0.1:2/playground")
    os.close(inherited)
    os.close(lock_folder(tmp_path, "http://127.0.0.1:2/playground"))
