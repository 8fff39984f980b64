"""The health server reports whether the worker lives, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from jobs.process.health_server import PATHS, HealthServer


class Worker:
    """What the listener is told of a worker."""

    is_well = True


@pytest.fixture
def worker() -> Worker:
    return Worker()


@pytest.fixture
def asked(worker: Worker) -> Iterator[httpx.Client]:
    listener = HealthServer("127.0.0.1", 0, lambda: worker.is_well)
    listener.start()
    with httpx.Client(base_url=f"http://127.0.0.1:{listener.port}", trust_env=False) as client:
        yield client
    listener.stop()


def test_a_worker_that_lives_is_started_and_healthy(asked: httpx.Client) -> None:
    assert {path: asked.get(path).status_code for path in PATHS} == dict.fromkeys(PATHS, 200)


def test_a_worker_whose_clock_stands_still_is_restarted(asked: httpx.Client, worker: Worker) -> None:
    worker.is_well = False
    assert asked.get("/health/live").status_code == 503


@pytest.mark.parametrize(("method", "path"), [("GET", "/"), ("GET", "/metrics"), ("GET", "/../etc/passwd")])
def test_nothing_else_is_to_be_had_there(asked: httpx.Client, method: str, path: str) -> None:
    assert asked.request(method, path).status_code == 404


def test_only_questions_are_answered(asked: httpx.Client) -> None:
    assert asked.post("/health/live").status_code == 501
