"""The process that delivers: without any Redis, and beside a platform that asks whether it lives."""

from __future__ import annotations

import os
import signal

import httpx
import pytest

from jobs.deliveries.retry import LEASE
from models.operating.measurements import ATTEMPTS, read_measurements
from tests.jobs.process.office import Office, children
from tests.stack import free_port, wait_until

WITHIN_S = 30.0


def test_a_worker_without_any_redis_delivers_and_ends(office: Office) -> None:
    worker = office.start(REDIS_URL="redis://127.0.0.1:9/0")
    title = office.receive()
    wait_until(lambda: office.has_card(title), WITHIN_S)

    worker.send_signal(signal.SIGTERM)

    assert worker.wait(10) == 0


def test_a_worker_that_listens_tells_its_platform_that_it_lives(office: Office) -> None:
    port = str(free_port())
    office.start("--listen", HOST="127.0.0.1", PORT=port)

    def answers() -> bool:
        try:
            return httpx.get(f"http://127.0.0.1:{port}/_ah/start", trust_env=False).is_success
        except httpx.HTTPError:
            return False

    wait_until(answers, WITHIN_S)


@pytest.mark.long
def test_of_two_processes_one_goes_on_when_the_other_is_killed(office: Office) -> None:
    worker = office.start(DELIVERY_PROCESSES="2")
    wait_until(lambda: len(children(worker.pid)) == 3, WITHIN_S)
    first = [office.receive() for _ in range(3)]
    wait_until(lambda: all(map(office.has_card, first)), WITHIN_S)

    os.kill(children(worker.pid)[0], signal.SIGKILL)
    second = [office.receive() for _ in range(3)]

    wait_until(lambda: all(map(office.has_card, second)), LEASE.total_seconds() + WITHIN_S)
    assert all(map(office.has_card, first))


def test_what_each_process_measured_is_stored_when_it_ends(office: Office) -> None:
    worker, title = office.start(), office.receive()
    wait_until(lambda: office.has_card(title), WITHIN_S)

    worker.terminate()
    worker.wait(WITHIN_S)

    with office.database.reading_all() as session:
        assert read_measurements(session)[ATTEMPTS]["delivered"] == 1
