"""The process that delivers: without any Redis, and beside a platform that asks whether it lives."""

from __future__ import annotations

import signal

import httpx

from tests.jobs.process.office import Office
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
