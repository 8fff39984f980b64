"""The parts of a worker: started in their order, started again when they die, ended with their supervisor."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from tests.stack import ROOT, wait_until

WITHIN_S = 20.0
# Each part notes its process id in a file named after it, and is ready at once.
PROGRAM = """
import os, pathlib, signal, sys, time
from jobs.process import supervisor
from jobs.process.supervisor import WorkerPart, Supervisor
from models.logs import set_up

supervisor.FIRST_PAUSE_S = 0.05
folder = pathlib.Path(sys.argv[1])

def note(name, words):
    with (folder / name).open("a") as file:
        file.write(f"{words}\\n")

def serve(name, report_ready):
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    note(name, os.getpid())
    report_ready()
    while True:
        time.sleep(1)

def fail(name, report_ready):
    note(name, os.getpid())
    raise SystemExit(3)

def never_ready(name, report_ready):
    serve(name, lambda: None)

set_up("info", service="worker")
kinds = {"serve": serve, "fail": fail, "never_ready": never_ready}
parts = [
    WorkerPart(f"{number}", lambda ready, kind=kind, number=number: kinds[kind](f"{number}", ready))
    for number, kind in enumerate(sys.argv[2:])
]
code = Supervisor(parts).run()
note("ended", code)
sys.exit(code)
"""
Start = Callable[..., subprocess.Popen[str]]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    started: list[subprocess.Popen[str]] = []

    def begin(*kinds: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-c", PROGRAM, str(tmp_path), *kinds]
        started.append(
            subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
        )
        return started[-1]

    yield begin
    for each in started:
        each.kill()
        each.communicate()


@pytest.fixture
def pids(tmp_path: Path) -> Callable[[int], list[int]]:
    """Return the process ids that a part has had."""

    def read(number: int) -> list[int]:
        file = tmp_path / str(number)
        return [int(line) for line in file.read_text().split()] if file.exists() else []

    return read


Pids = Callable[[int], list[int]]


def is_alive(pid: int) -> bool:
    return Path(f"/proc/{pid}").exists()


def test_parts_run_each_in_a_process_of_its_own(start: Start, pids: Pids) -> None:
    supervisor = start("serve", "serve")
    wait_until(lambda: pids(0) and pids(1), WITHIN_S)
    assert len({supervisor.pid, *pids(0), *pids(1)}) == 3


def words_of(supervisor: subprocess.Popen[str]) -> str:
    supervisor.terminate()
    words, _ = supervisor.communicate(timeout=WITHIN_S)
    return words


def test_a_worker_is_not_ready_before_all_its_parts_are(start: Start, pids: Pids) -> None:
    """The first part is ready a second time meanwhile."""
    supervisor = start("serve", "never_ready")
    wait_until(lambda: pids(0) and pids(1), WITHIN_S)
    os.kill(pids(0)[0], signal.SIGKILL)
    wait_until(lambda: len(pids(0)) == 2, WITHIN_S)
    time.sleep(0.1)
    assert "worker.ready" not in words_of(supervisor)


def test_a_worker_is_ready_once_although_parts_start_again(start: Start, pids: Pids) -> None:
    supervisor = start("serve", "serve")
    wait_until(lambda: pids(0) and pids(1), WITHIN_S)
    os.kill(pids(0)[0], signal.SIGKILL)
    wait_until(lambda: len(pids(0)) == 2, WITHIN_S)
    assert words_of(supervisor).count("worker.ready") == 1


@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_parts_end_with_their_supervisor_when_it_is_asked_to_end(
    start: Start, pids: Pids, tmp_path: Path, signum: signal.Signals
) -> None:
    supervisor = start("serve", "serve")
    wait_until(lambda: pids(0) and pids(1), WITHIN_S)

    supervisor.send_signal(signum)

    assert supervisor.wait(WITHIN_S) == 0
    assert not any(map(is_alive, pids(0) + pids(1)))
    # Only the supervisor and the parts, which return from `run` as well, end the program: none by a signal.
    assert (tmp_path / "ended").read_text().split() == ["0"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends children with their parent")
def test_parts_are_killed_with_their_supervisor(start: Start, pids: Pids) -> None:
    supervisor = start("serve", "serve")
    wait_until(lambda: pids(0) and pids(1), WITHIN_S)
    supervisor.kill()
    wait_until(lambda: not any(map(is_alive, pids(0) + pids(1))), WITHIN_S)


@pytest.mark.parametrize("number", [0, 1])
def test_a_part_that_dies_is_started_again_and_the_other_goes_on(
    start: Start, pids: Pids, number: int
) -> None:
    supervisor = start("serve", "serve")
    wait_until(lambda: pids(0) and pids(1), WITHIN_S)

    def has_lived(lives: int) -> bool:
        return len(pids(number)) == lives

    for lives in (2, 3):
        os.kill(pids(number)[-1], signal.SIGKILL)
        wait_until(partial(has_lived, lives), WITHIN_S)

    assert len(pids(1 - number)) == 1
    assert is_alive(pids(1 - number)[0])
    words = words_of(supervisor)
    assert words.count('"event": "part.ended"') == 2
    assert '"exit_code": -9' in words or '"exit_code":-9' in words


def test_a_part_that_always_fails_is_started_again_after_longer_and_longer_pauses(
    start: Start, pids: Pids
) -> None:
    supervisor = start("serve", "fail")
    wait_until(lambda: len(pids(1)) == 4, WITHIN_S)
    assert is_alive(pids(0)[0])
    supervisor.terminate()
    words, _ = supervisor.communicate(timeout=WITHIN_S)
    for pause in ("0.05", "0.1", "0.2"):
        assert f'"starts_again_in_s": {pause}' in words or f'"starts_again_in_s":{pause}' in words
    assert supervisor.returncode == 0


def test_all_ends_when_the_first_part_cannot_start(start: Start, pids: Pids) -> None:
    assert start("fail", "serve").wait(WITHIN_S) == 3
    assert pids(1) == []


def test_the_next_part_waits_until_the_first_is_ready(start: Start, pids: Pids) -> None:
    supervisor = start("never_ready", "serve")
    wait_until(lambda: pids(0), WITHIN_S)
    supervisor.terminate()
    assert supervisor.wait(WITHIN_S) == 0
    assert pids(1) == []
