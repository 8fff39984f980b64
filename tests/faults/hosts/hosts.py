"""Machines that serve together: each with its own folder, port and processes."""

from __future__ import annotations

import random
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self

import httpx
import redis

from jobs.process.embedded_redis import ONCE, server_binary
from tests.customers import Customer
from tests.stack import Part, Stack, free_port, wait_until

WORKERS: Final = 2
READY_WITHIN_S: Final = 240.0  # six processes start at once
TAKEN_WITHIN_S: Final = 60.0  # a webhook that no host takes for so long fails the test


class Host:
    """One machine: a web part and two workers, each a process group of its own, that fail together."""

    def __init__(self, stack: Stack, name: str, redis_url: str) -> None:
        self._stack, self._name, self._port = stack, name, free_port()
        folder = stack.folder / name
        folder.mkdir()
        own = {"PIPENOTIFY_DATA": str(folder), "PORT": str(self._port), "REDIS_URL": redis_url}
        self._env = {**stack.env, **own, **stack.play.environment(folder)}
        self._parts: list[Part] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> None:
        self._parts = [self._start("web"), *(self._start("jobs") for _ in range(WORKERS))]

    def wait_until_ready(self) -> None:
        workers = self._parts[1:]
        wait_until(self._answers, READY_WITHIN_S, "the web part of a host")
        wait_until(lambda: all(one.said("worker.ready") for one in workers), READY_WITHIN_S, "its workers")

    def _start(self, module: str) -> Part:
        name = f"{self._name}-{module}-{next(self._stack.numbers)}"
        part = Part(["-m", module], self._env, self._stack.folder, name)
        self._stack.parts.append(part)
        return part

    def _answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=5, trust_env=False).status_code == 200
        except httpx.TransportError:
            return False

    def die(self) -> None:
        """Kill everything that runs on it, in the same moment."""
        for part in self._parts:
            part.clear_away()

    @property
    def is_alive(self) -> bool:
        return all(part.is_alive for part in self._parts)

    def has_sent(self) -> bool:
        """Return whether one of its workers sent a card, which they log at the level `debug`."""
        return any(part.said("delivery.delivered") for part in self._parts)


@contextmanager
def shared_redis(folder: Path) -> Iterator[str]:
    """Yield the URL of a Redis that belongs to no host."""
    port = free_port()
    command = [str(server_binary()), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir"]
    server = subprocess.Popen([*command, str(folder)], stdout=subprocess.DEVNULL)
    try:
        with redis.Redis(port=port, retry=ONCE) as client:
            wait_until(lambda: _answers(client), 10, "the shared Redis")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        server.kill()
        server.wait()


def _answers(client: redis.Redis) -> bool:
    with suppress(redis.RedisError, OSError):
        return bool(client.ping())
    return False


class Load:
    """Webhooks of many customers, posted through a load balancer: a host that does not take one is left."""

    def __init__(
        self, hosts: Sequence[Host], customers: Sequence[Customer], each: int, seconds: float
    ) -> None:
        self._hosts, self._customers, self._each, self._seconds = hosts, customers, each, seconds
        self._pool = ThreadPoolExecutor(len(customers))
        self.refused = 0

    def __enter__(self) -> Self:
        self._posting = [self._pool.submit(self._post_all, customer) for customer in self._customers]
        return self

    def __exit__(self, *_: object) -> None:
        """Wait until every webhook was taken."""
        self._pool.shutdown()
        for one in self._posting:
            one.result()

    def _post_all(self, customer: Customer) -> None:
        clients = [httpx.Client(base_url=host.url, trust_env=False, timeout=10) for host in self._hosts]
        for number in range(self._each):
            self._post(customer, customer.won(f"Deal {number}", number=number + 1), clients)
            time.sleep(self._seconds / self._each * random.random() * 2)
        for client in clients:
            client.close()

    def _post(self, customer: Customer, body: Mapping[str, Any], clients: list[httpx.Client]) -> None:
        until = time.monotonic() + TAKEN_WITHIN_S
        while time.monotonic() < until:
            with suppress(httpx.TransportError):
                if customer.post(body, random.choice(clients)).is_success:
                    return
            self.refused += 1
            time.sleep(0.1)
        raise AssertionError("no host took a webhook")
