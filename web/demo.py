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
from typing import Any, Final, TextIO

import httpx
import redis

from jobs import queue
from jobs.process.embedded_redis import redis_url
from jobs.process.kernel import end_with_parent
from models.accounts.queries import tenant_exists
from models.database.engine import Database
from models.database.migrate import prepare
from models.security.audit import Auditor
from models.settings import Settings, data_folder, environment_with, from_env
from web.playground.outages import DEMO_PID, KILL_WORKER, START_WORKER
from web.playground.saved.state_file import StateFile
from web.playground.serve import DOCUMENT, TENANT, environment
from web.playground.start import CannotStart, check_folder, check_port, lock_folder

READY_WITHIN_S: Final = 60
END_WITHIN_S: Final = 1.6
DEFAULT_PORT: Final = "8080"
WORKER: Final = ["-m", "jobs"]


class Demo:
    """The processes of one demo."""

    def __init__(self, settings: Settings, lock: int | None = None) -> None:
        """`lock` is the file descriptor that holds the data folder; every process of the demo inherits it."""
        self._settings = settings
        self._inherited = () if lock is None else (lock,)
        self._children: list[subprocess.Popen[bytes]] = []
        self._stopping = False
        self._worker: subprocess.Popen[bytes] | None = None
        self._variables: dict[str, str] = {}
        self._wants_worker = True

    def run(self) -> int:
        """Return 0 after Ctrl-C, 1 when a process did not start or ended by itself."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        signal.signal(KILL_WORKER, self._switch_worker)
        signal.signal(START_WORKER, self._switch_worker)
        variables = environment_with(
            {
                "HOST": self._settings.host,
                "BASE_URL": self._settings.base_url,
                **environment(self._settings, _free_port(), _free_port(), _free_port()),
                DEMO_PID: str(os.getpid()),
            }
        )
        try:
            self._start(["-m", "web.playground"], variables)
            if self._waited_for(self._web_answers):
                self._worker, self._variables = self._start(WORKER, variables), variables
                if self._waited_for(self._worker_answers):
                    _say(sys.stdout, f"ready {self._settings.base_url}/playground")
                    self._watch()
            return 0 if self._stopping else 1
        finally:
            self._end()

    def _start(self, arguments: list[str], env: dict[str, str]) -> subprocess.Popen[bytes]:
        command = [sys.executable, *arguments]
        quiet = env | {"LOG_LEVEL": env.get("LOG_LEVEL", "warning")}
        # The commands are our own, and what runs in the child only sets a signal.
        more: dict[str, Any] = {"preexec_fn": _as_child, "pass_fds": self._inherited}
        child = subprocess.Popen(command, env=quiet, **more)  # noqa: S603 - see above
        self._children.append(child)
        return child

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
            self._attend_to_worker()
            time.sleep(0.1)

    def _attend_to_worker(self) -> None:
        """Kill the worker, or start another one, if the page asked for it."""
        if self._worker is None and self._wants_worker:
            self._worker = self._start(WORKER, self._variables)
        elif self._worker is not None and not self._wants_worker:
            self._children.remove(self._worker)
            self._worker.kill()
            self._worker.wait()
            self._worker = None

    def _switch_worker(self, signum: int, _frame: FrameType | None) -> None:
        self._wants_worker = signum == START_WORKER

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
    try:
        return _run()
    except CannotStart as reason:
        _say(sys.stderr, str(reason))
        return 1


def _run() -> int:
    port = check_port(environment_with({}).get("PORT", "").strip() or DEFAULT_PORT)
    check_folder(data_folder())
    address = f"http://127.0.0.1:{port}"
    lock = lock_folder(data_folder(), f"{address}/playground")
    settings = from_env(environment_with({"HOST": "127.0.0.1", "BASE_URL": address}))
    _create_tenant(settings)
    code = Demo(settings, lock).run()
    if code == 0:
        _say(sys.stdout, f"stopped; the data stays in {settings.pipenotify_data}, make demo goes on with it")
    return code


def _create_tenant(settings: Settings) -> None:
    """Migrate the database, and create the demo's tenant at the first start.

    The simulations belong to it: without it, or where an earlier release kept none, they begin anew.
    """
    database = Database(settings.database_url, Auditor(settings.secret_key))
    prepare(database)
    with database.reading_all() as session:
        is_known = tenant_exists(session, TENANT)
    database.close()
    file = StateFile(settings.pipenotify_data)
    if is_known:
        if not file.path.exists():
            _say(sys.stderr, f"{settings.pipenotify_data} holds no Chat and no Pipedrive: both begin anew")
        return
    file.forget()
    load = [sys.executable, "-m", "models", "load", str(DOCUMENT)]
    subprocess.run(load, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command


def _say(where: TextIO, line: str) -> None:
    where.write(f"{line}\n")
    where.flush()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _as_child() -> None:
    """Let Ctrl-C reach this command alone: it stops its processes in order."""
    os.setsid()
    end_with_parent(signal.SIGTERM)
