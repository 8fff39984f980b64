"""`python -m jobs` as a process: it delivers, survives its Redis, and ends on SIGTERM."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import orjson
import pytest

from jobs.deliveries.retry import LEASE
from jobs.process.embedded_redis import EmbeddedRedis
from models.clock import now
from models.database.engine import Database
from models.database.migrate import upgrade
from models.events import store as event_store
from models.events.store import Arrival
from models.tables import Tenant
from tests.crm import environment
from tests.engine import SPACE, deal, link, title_of
from tests.stack import SHORT_WAITS, free_port
from web.playground.chat.server import FakeChat

WITHIN_S = 30.0


def _wait(holds: Callable[[], bool], seconds: float = WITHIN_S) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if holds():
            return True
        time.sleep(0.05)
    return False


class Office:
    """A data folder with one tenant, and the workers that were started over it."""

    def __init__(self, data: Path, chat: FakeChat) -> None:
        self.chat = chat
        self.data = data
        self._number = 0
        self._env = os.environ | environment("http://127.0.0.1:9", data) | SHORT_WAITS
        self._env |= {"CHAT_API_URL": chat.url, "LOG_LEVEL": "warning"}
        self._env["GOOGLE_APPLICATION_CREDENTIALS"] = str(chat.write_credentials(data / "chat.json"))
        self.database = Database(f"sqlite:///{data / 'pipenotify.db'}")
        upgrade(self.database)
        with self.database.writing_all() as session:
            tenant = Tenant(name="Acme", monthly_limit=None)
            session.add(tenant)
        self.tenant_id = tenant.id
        link(self.database, tenant.id)
        self.workers: list[subprocess.Popen[bytes]] = []

    def start(self, *arguments: str, **env: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "jobs", *arguments]
        worker = subprocess.Popen(command, env=self._env | env, stdout=subprocess.DEVNULL)
        self.workers.append(worker)
        return worker

    def receive(self) -> str:
        """Store one deal; return the title of its card."""
        self._number += 1
        with self.database.writing_all() as session:
            raw = orjson.dumps(deal(self._number))
            event_store.store(session, [Arrival(self.tenant_id, str(self._number), raw, "new", now())])
        return f"Deal {self._number}"

    def has_card(self, title: str) -> bool:
        return [title_of(card) for card in self.chat.cards(SPACE)].count(title) == 1


@pytest.fixture
def office(tmp_path: Path, fake_chat: FakeChat) -> Iterator[Office]:
    made = Office(tmp_path, fake_chat)
    yield made
    for worker in made.workers:
        worker.kill()
        worker.wait()
    made.database.close()


def test_a_worker_delivers_survives_its_redis_and_ends_on_sigterm(office: Office) -> None:
    worker = office.start()
    first = office.receive()
    assert _wait(lambda: office.has_card(first))
    server = EmbeddedRedis(office.data)
    assert server.answers()
    for child in Path(f"/proc/{worker.pid}/task/{worker.pid}/children").read_text().split():
        os.kill(int(child), signal.SIGKILL)  # the worker has no other child
    second = office.receive()
    assert _wait(lambda: office.has_card(second))
    assert _wait(server.answers, 5)

    started = time.monotonic()
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(15) == 0

    assert time.monotonic() - started < 10
    assert _wait(lambda: not server.answers(), 3)


def test_a_worker_without_any_redis_delivers_and_ends(office: Office) -> None:
    worker = office.start(REDIS_URL="redis://127.0.0.1:9/0")
    title = office.receive()
    assert _wait(lambda: office.has_card(title))

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

    assert _wait(answers)


def test_another_worker_goes_on_after_a_kill(office: Office) -> None:
    first, title = office.start(), office.receive()
    assert _wait(lambda: office.has_card(title))
    first.kill()
    first.wait()
    office.start()

    again = office.receive()

    # Killed before it stored its result, the first worker leaves a lease that must run out.
    assert _wait(lambda: office.has_card(again), LEASE.total_seconds() + WITHIN_S)
