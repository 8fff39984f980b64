"""`python -m web demo`: everything at once on this machine, with simulated Chat and Pipedrive.

Starts the web part with the playground and a worker, reports when all of it answers, and stops all of it.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from types import FrameType
from typing import Final, TextIO

import httpx
import redis

from jobs import queue
from jobs.process.kernel import end_with_parent
from jobs.wiring import redis_url
from models.accounts.queries import tenant_exists
from models.database.engine import Database
from models.database.migrate import prepare
from models.security.audit import Auditor
from models.settings import Settings, environment_with, from_env
from web.playground.serve import DOCUMENT, TENANT, environment

READY_WITHIN_S: Final = 60
END_WITHIN_S: Final = 12


class Demo:
    """The processes of one demo."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._children: list[subprocess.Popen[bytes]] = []
        self._stopping = False

    def run(self) -> int:
        """Return 0 after Ctrl-C, 1 when a process did not start or ended by itself."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        variables = environment_with(
            {
                "HOST": self._settings.host,
                "BASE_URL": self._settings.base_url,
                **environment(self._settings, _free_port(), _free_port(), _free_port()),
            }
        )
        try:
            self._start(["-m", "web.playground"], variables)
            if self._waited_for(self._web_answers):
                self._start(["-m", "jobs"], variables)
                if self._waited_for(self._worker_answers):
                    _say(sys.stdout, f"ready {self._settings.base_url}/playground")
                    self._watch()
            return 0 if self._stopping else 1
        finally:
            self._end()

    def _start(self, arguments: list[str], env: dict[str, str]) -> None:
        command = [sys.executable, *arguments]
        quiet = env | {"LOG_LEVEL": env.get("LOG_LEVEL", "warning")}
        # The commands are our own, and what runs in the child only sets a signal.
        child = subprocess.Popen(command, env=quiet, preexec_fn=_as_child)  # noqa: S603, PLW1509 - see above
        self._children.append(child)

    def _waited_for(self, answers: object) -> bool:
        until = time.monotonic() + READY_WITHIN_S
        while time.monotonic() < until and self._all_live() and not self._stopping:
            if callable(answers) and answers():
                return True
            time.sleep(0.05)
        if not self._stopping:
            _say(sys.stderr, "a part of the demo did not start; its lines above say why")
        return False

    def _web_answers(self) -> bool:
        try:
            with httpx.Client(trust_env=False, timeout=2) as client:
                return client.get(f"{self._settings.base_url}/playground").is_success
        except httpx.HTTPError:
            return False

    def _worker_answers(self) -> bool:
        try:
            with queue.connect(redis_url(self._settings)) as client:
                return queue.workers(client) > 0
        except (redis.RedisError, OSError):
            return False

    def _all_live(self) -> bool:
        return all(child.poll() is None for child in self._children)

    def _watch(self) -> None:
        while self._all_live() and not self._stopping:
            time.sleep(0.1)

    def _stop(self, _signum: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _end(self) -> None:
        for child in reversed(self._children):
            child.terminate()
        until = time.monotonic() + END_WITHIN_S
        for child in self._children:
            try:
                child.wait(max(0.1, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()


def run() -> int:
    """Run the playground. `PORT` and `PIPENOTIFY_DATA` configure it; it is for this machine only."""
    port = environment_with({}).get("PORT", "8080")
    settings = from_env(environment_with({"HOST": "127.0.0.1", "BASE_URL": f"http://127.0.0.1:{port}"}))
    if not _is_free(settings.port):
        _say(sys.stderr, f"port {settings.port} is taken; say another: PORT=8081 make demo")
        return 1
    _create_tenant(settings)
    return Demo(settings).run()


def _create_tenant(settings: Settings) -> None:
    """Migrate the database, and create the demo's tenant at the first start."""
    database = Database(settings.database_url, Auditor(settings.secret_key))
    prepare(database)
    with database.reading_all() as session:
        is_known = tenant_exists(session, TENANT)
    database.close()
    if not is_known:
        load = [sys.executable, "-m", "models", "load", str(DOCUMENT)]
        subprocess.run(load, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command


def _say(where: TextIO, line: str) -> None:
    where.write(f"{line}\n")
    where.flush()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _as_child() -> None:
    """Let Ctrl-C reach this command alone: it stops its processes in order."""
    os.setsid()
    end_with_parent(signal.SIGTERM)
