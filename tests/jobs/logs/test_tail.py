"""`python -m jobs.logs tail` prints wanted lines as they are, and follows a file over its rotation."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import orjson
import pytest

from jobs.logs.selection import Selection
from jobs.logs.tail import follow, lines_of, print_wanted
from models.clock import now
from models.errors import InvalidRequest


def _line(service: str, minutes_ago: int, event: str = "x") -> str:
    at = (now() - timedelta(minutes=minutes_ago)).isoformat()
    line = {"event": event, "level": "info", "service": service, "timestamp": at}
    return orjson.dumps(line).decode() + "\n"


def _tail(*options: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jobs.logs", "tail", *options]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)


def test_lines_of_a_service_within_the_last_hour_are_printed_as_they_are(tmp_path: Path) -> None:
    lines = [_line("worker", 90), _line("worker", 30), _line("web", 20), _line("worker", 10)]
    (tmp_path / "a.log").write_text("".join(lines[:2]))
    (tmp_path / "b.log").write_text("Traceback (most recent call last):\n" + "".join(lines[2:]))

    shown = _tail("--since", "1h", "--service", "worker", str(tmp_path / "a.log"), str(tmp_path / "b.log"))

    assert (shown.returncode, shown.stdout) == (0, lines[1] + lines[3])
    assert "1 lines were no JSON" in shown.stderr


def test_standard_input_is_read_where_no_file_is_named() -> None:
    lines = [_line("web", 1, "request.unexpected"), _line("web", 1, "request.slow")]
    shown = _tail("--where", "event=request.unexpected", stdin="".join(lines))
    assert shown.stdout == lines[0]
    assert _tail("--where", "event=other", stdin=lines[0]).stderr == "No line fits.\n"


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--since", "soon"], "'soon' is neither like 90s, 15m, 1h, 2d nor like 2026-11-30T08:00"),
        (["--service", "redis"], "invalid choice: 'redis'"),
        (["--where", "event"], "'event' is not like event=delivery.dead"),
        (["--follow"], "--follow wants one FILE"),
        (["/no/such.log"], "/no/such.log cannot be read: no such file or directory"),
    ],
)
def test_what_does_not_fit_is_said_in_one_line(options: list[str], words: str) -> None:
    refused = _tail(*options)
    assert refused.returncode in {1, 2}
    assert words in refused.stderr.splitlines()[-1]


def test_a_folder_is_no_log(tmp_path: Path) -> None:
    with pytest.raises(InvalidRequest, match="is a directory"):
        list(lines_of([tmp_path]))


def test_a_file_is_followed_while_it_grows_is_rotated_and_is_emptied(tmp_path: Path) -> None:
    file = tmp_path / "web.log"
    file.write_text("1\n2")
    steps: list[Callable[[], object]] = [
        lambda: file.write_text("1\n22\n"),
        lambda: file.rename(tmp_path / "web.log.1"),
        lambda: file.write_text("3\n"),
        lambda: file.write_text(""),
        lambda: file.write_text("4\n5\n"),
    ]

    def wait(_seconds: float) -> None:
        steps.pop(0)()

    with closing(follow(file, wait=wait)) as lines:
        assert [next(lines) for _ in range(5)] == ["1\n", "22\n", "3\n", "4\n", "5\n"]


def test_a_letter_that_is_half_written_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "web.log"
    whole = "ä\n".encode()
    file.write_bytes(whole[:1])

    def wait(_seconds: float) -> None:
        file.write_bytes(whole)

    with closing(follow(file, wait=wait)) as lines:
        assert next(lines) == "ä\n"


def test_what_was_written_before_a_rotation_was_seen_is_read(tmp_path: Path) -> None:
    file, steps = tmp_path / "web.log", []

    def wait(_seconds: float) -> None:
        steps.append(1)
        with file.open("a") as more:
            more.write("late\n")
        file.rename(tmp_path / "web.log.1")
        file.write_text("new\n")

    file.write_text("")
    with closing(follow(file, wait=wait)) as lines:
        assert [next(lines), next(lines)] == ["late\n", "new\n"]
    assert len(steps) == 1


def test_each_line_is_written_at_once() -> None:
    class Out(io.StringIO):
        flushed = 0

        def flush(self) -> None:
            self.flushed += 1

    out = Out()
    assert print_wanted([_line("web", 0), "no JSON\n", "\n"], Selection(), out) == (1, 1)
    assert out.flushed == 1
