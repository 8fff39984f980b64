"""`python -m jobs` as processes: it delivers, survives its Redis and its own parts, and ends on SIGTERM."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jobs import __main__ as program
from jobs import worker
from jobs.deliveries.retry import LEASE
from jobs.process.embedded_redis import EmbeddedRedis
from tests.jobs.process.office import Office, children
from tests.stack import wait_until

WITHIN_S = 30.0


def test_a_worker_delivers_survives_its_redis_and_ends_on_sigterm(office: Office) -> None:
    worker = office.start()
    first = office.receive()
    wait_until(lambda: office.has_card(first), WITHIN_S)
    server = EmbeddedRedis(office.data)
    assert server.answers()
    (delivery, _background) = children(worker.pid)
    (redis,) = children(delivery)
    os.kill(redis, signal.SIGKILL)
    second = office.receive()
    wait_until(lambda: office.has_card(second), WITHIN_S)
    wait_until(server.answers, 5)

    started = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(15) == 0

    assert time.monotonic() - started < 10
    wait_until(lambda: not server.answers(), 3)


@pytest.mark.long
def test_the_process_that_delivers_starts_again_when_it_is_killed(office: Office) -> None:
    worker = office.start()
    first = office.receive()
    wait_until(lambda: office.has_card(first), WITHIN_S)
    wait_until(lambda: len(children(worker.pid)) == 2, WITHIN_S)
    killed = children(worker.pid)[0]
    os.kill(killed, signal.SIGKILL)

    second = office.receive()

    wait_until(lambda: office.has_card(second), LEASE.total_seconds() + WITHIN_S)
    assert killed not in children(worker.pid)


def test_a_worker_that_is_stopped_as_soon_as_it_is_ready_ends(office: Office) -> None:
    env = office.env | {"LOG_LEVEL": "info", "DELIVERY_PROCESSES": "2"}
    command = [sys.executable, "-m", "jobs"]
    with subprocess.Popen(command, env=env, stdout=subprocess.PIPE) as started:
        assert started.stdout is not None
        next(line for line in started.stdout if b"worker.ready" in line)
        started.terminate()
        assert started.wait(WITHIN_S) == 0


def test_no_process_of_a_worker_outlives_a_kill(office: Office) -> None:
    worker = office.start()
    wait_until(lambda: len(children(worker.pid)) == 2, WITHIN_S)
    parts = children(worker.pid)

    worker.kill()
    worker.wait()

    wait_until(lambda: not any(Path(f"/proc/{part}").exists() for part in parts), WITHIN_S)


def test_the_processes_of_a_worker_share_no_connection_to_the_database(office: Office) -> None:
    worker = office.start()
    wait_until(lambda: len(children(worker.pid)) == 2, WITHIN_S)
    started_with = [each.readlink().name for each in Path(f"/proc/{worker.pid}/fd").iterdir()]
    assert not [each for each in started_with if each.startswith("pipenotify.db") and "turn" not in each]


@pytest.mark.parametrize(
    ("variables", "code"),
    [({"SEND_THREADS": "many"}, 2), ({"DATABASE_URL": "postgresql+psycopg://x@127.0.0.1:9/x"}, 1)],
    ids=["wrong settings", "no database"],
)
def test_a_worker_that_cannot_start_ends_with_a_code(
    office: Office, variables: dict[str, str], code: int
) -> None:
    assert office.start(**variables).wait(WITHIN_S) == code


def test_ctrl_c_before_the_processes_begin_ends_without_a_trace(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(**_: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(sys, "argv", ["jobs"])
    monkeypatch.setattr(worker, "run", interrupted)
    assert program.main() == program.STOPPED


def test_another_worker_goes_on_after_a_kill(office: Office) -> None:
    first, title = office.start(), office.receive()
    wait_until(lambda: office.has_card(title), WITHIN_S)
    first.kill()
    first.wait()
    office.start()

    again = office.receive()

    # Killed before it stored its result, the first worker leaves a lease that must run out.
    wait_until(lambda: office.has_card(again), LEASE.total_seconds() + WITHIN_S)
