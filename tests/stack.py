"""The whole product as in production: real processes on free ports, with simulated Chat and Pipedrive."""

from __future__ import annotations

import base64
import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import closing, suppress
from functools import cache
from pathlib import Path
from typing import Any, Final, Self, TypeVar

import httpx
import redis
from sqlalchemy import make_url

from jobs.process.embedded_redis import ONCE, EmbeddedRedis
from models.database import migrate
from models.database.engine import Database
from models.rules_file import load
from models.security.audit import Auditor
from models.security.installed_keys import check_keys
from models.security.keys import KeyRing
from models.security.vault import Vault
from models.settings import from_env
from web.playground.play import Playground

ROOT: Final = Path(__file__).parents[1]
READY_WITHIN_S: Final = 90.0  # a busy machine takes long to import
END_WITHIN_S: Final = 35.0
STEP_S: Final = 0.02
FIRST_PORT, PORTS = 16_000, 16_000
# Shorter than the defaults (see `tests.models.test_settings`), so that tests do not sleep for seconds.
SHORT_WAITS: Final = {"SWEEP_EVERY_S": "0.5", "RULES_FRESH_S": "0.15", "CREDENTIALS_FRESH_S": "0.25"}
HOLDS_AFTER_S: Final = 0.6  # changed rules or credentials apply to events acknowledged this much later
KEY: Final = bytes(range(32))
KEYS: Final = f"k1:{base64.b64encode(KEY).decode()}"
Found = TypeVar("Found")


def the_vault() -> Vault:
    """Return the vault of the processes."""
    return Vault(KeyRing({"k1": KEY}))


@cache
def _migrated_file() -> bytes:
    """Return a migrated, empty SQLite database."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "pipenotify.db"
        with closing(Database(f"sqlite:///{file}")) as database:
            migrate.upgrade(database)
        return file.read_bytes()


class TooLate(AssertionError):
    """The awaited condition did not become true in time."""


def wait_until(condition: Callable[[], Found], seconds: float, what: str = "") -> Found:
    """Call until the result is true and return it. Raises TooLate with the last result."""
    until = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        if time.monotonic() > until:
            raise TooLate(f"{what or 'what was waited for'} did not come within {seconds:g} s: {found!r}")
        time.sleep(STEP_S)


def free_port() -> int:
    """Return a port that is free, below those that the kernel gives to any connection meanwhile."""
    while True:
        port = FIRST_PORT + secrets.randbelow(PORTS)
        with suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port


class Part:
    """One process of the product, and its output."""

    def __init__(self, arguments: list[str], env: Mapping[str, str], folder: Path, name: str) -> None:
        self.name = name
        self.out, self.err = folder / f"{name}.out", folder / f"{name}.err"
        command = [sys.executable, "-m", "tests.leash", *arguments]
        with self.out.open("ab") as out, self.err.open("ab") as err:
            self.process = subprocess.Popen(
                command,
                env=env,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def is_alive(self) -> bool:
        return self.process.poll() is None

    def kill(self) -> None:
        """Kill this process only, as `kill -9` does."""
        self.process.kill()
        self.process.wait()

    def signal(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def stop(self) -> float:
        """Ask it to stop; return how many seconds that took."""
        started = time.monotonic()
        self.process.terminate()
        self.process.wait(END_WITHIN_S)
        return time.monotonic() - started

    def clear_away(self) -> None:
        """Remove every trace of it, whatever state it is in."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def said(self, event: str) -> list[dict[str, Any]]:
        """Return the lines of its log with this event."""
        lines = [json.loads(line) for line in self.out.read_text().splitlines() if line.startswith("{")]
        return [line for line in lines if line.get("event") == event]


class Stack:
    """Starts, stops and kills the processes; `with` guarantees that none remains.

    Nothing but the simulations runs until a process is started.
    """

    def __init__(self, folder: Path, database_url: str | None = None, **env: str) -> None:
        self.folder, self.port = folder, free_port()
        self.play = Playground()
        self.parts: list[Part] = []
        self.is_noisy = False  # a test that injects faults may set it: then stderr is not checked
        self._database_url = database_url or f"sqlite:///{folder / 'pipenotify.db'}"
        self._extra = env
        self.env: dict[str, str] = {}
        self.numbers = iter(range(1, 1_000_000))
        self.http = httpx.Client(base_url=self.url, timeout=15, trust_env=False)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self.play.connect(f"{self.url}/chat/events")
        self.play.start()
        self.env = {
            **{name: value for name, value in os.environ.items() if not name.startswith("PYTEST")},
            "PIPENOTIFY_DATA": str(self.folder),
            "DATABASE_URL": self._database_url,
            "ENCRYPTION_KEYS": KEYS,
            "BASE_URL": self.url,
            "PORT": str(self.port),
            "LOG_LEVEL": "info",
            **SHORT_WAITS,
            **self.play.environment(self.folder),
            **self._extra,
        }
        self._migrate()
        self.database = Database(self._database_url)
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self._end()
        finally:
            for part in self.parts:
                part.clear_away()
            self._end_redis()
            self.database.close()
            self.http.close()
            self.play.close()
            self.show()
        assert self.is_noisy or self.stderr() == ""

    def run(self, *arguments: str, stdin: str = "", code: int = 0) -> subprocess.CompletedProcess[str]:
        """Run a command of the product until it ends."""
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command,
            env=self.env,
            cwd=ROOT,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == code, (
            f"{arguments} ended with {done.returncode}: {done.stdout}{done.stderr}"
        )
        return done

    def _migrate(self) -> None:
        """Bring the schema up to this release; a new SQLite file becomes a copy of a migrated one."""
        url = make_url(self._database_url)
        if url.drivername == "sqlite" and not Path(str(url.database)).exists():
            Path(str(url.database)).write_bytes(_migrated_file())
            return
        with closing(Database(self._database_url)) as database:
            migrate.upgrade(database)

    def load(self, *documents: Mapping[str, Any]) -> None:
        """Load documents into tenants, as `python -m models load` does, without the second of its start."""
        settings = from_env(self.env)
        texts = [(f"document-{next(self.numbers)}.json", json.dumps(document)) for document in documents]
        with closing(Database(self._database_url, Auditor(settings.secret_key))) as database:
            check_keys(database, settings.encryption_keys)
            load(database, Vault(settings.encryption_keys), texts, dry_run=False)

    def load_refused(self, document: Mapping[str, Any]) -> str:
        """Return what `python -m models load` prints for a document that it has to refuse."""
        refused = self.run("-m", "models", "load", "-", stdin=json.dumps(document), code=2)
        return refused.stdout + refused.stderr

    def start(self, *arguments: str, name: str) -> Part:
        part = Part(["-m", *arguments], self.env, self.folder, f"{name}-{next(self.numbers)}")
        self.parts.append(part)
        return part

    def start_web(self) -> Part:
        part = self.start("web", name="web")
        wait_until(lambda: self._is_ready(part), READY_WITHIN_S, "the web part")
        return part

    def start_worker(self) -> Part:
        part = self.start("jobs", name="worker")
        wait_until(lambda: self._lives(part) and part.said("delivery.ready"), READY_WITHIN_S, "the worker")
        return part

    def _lives(self, part: Part) -> bool:
        assert part.is_alive, f"{part.name} ended: {part.err.read_text()}{part.out.read_text()[-2000:]}"
        return True

    def _is_ready(self, part: Part) -> bool:
        self._lives(part)
        try:
            return self.http.get("/health/ready").status_code == 200
        except httpx.TransportError:
            return False

    def redis(self) -> redis.Redis:
        """Return a client of the processes' shared Redis."""
        url = self.env.get("REDIS_URL") or EmbeddedRedis(self.folder).url
        return redis.Redis.from_url(url, socket_timeout=5, retry=ONCE)

    def redis_pid(self) -> int:
        with self.redis() as client:
            return int(client.info("server")["process_id"])

    def stderr(self) -> str:
        """Return everything that the processes wrote to standard error."""
        said = [(part.name, part.err.read_text()) for part in self.parts]
        return "\n".join(f"{name}: {words}" for name, words in said if words)

    def logs(self) -> str:
        return "".join(part.out.read_text() + part.err.read_text() for part in self.parts)

    def errors(self) -> list[str]:
        """Return the lines that the processes logged as errors."""
        bad = ('"level": "error"', '"level": "critical"')
        return [line for line in self.logs().splitlines() if any(each in line for each in bad)]

    def _end(self) -> None:
        for part in self.parts:
            if part.is_alive:
                part.signal(signal.SIGCONT)
                part.process.terminate()
        for part in self.parts:
            try:
                part.process.wait(END_WITHIN_S)
            except subprocess.TimeoutExpired:
                print(f"{part.name} did not end")

    def _end_redis(self) -> None:
        """An embedded Redis ends with the process that started it; if it does not, it is ended here."""
        try:
            wait_until(lambda: not EmbeddedRedis(self.folder).answers(), 3)
        except TooLate:
            os.kill(self.redis_pid(), signal.SIGKILL)

    def show(self) -> None:
        """Print the ends of all logs; pytest shows them for a failed test."""
        for part in self.parts:
            tail = part.out.read_text().splitlines()[-60:]
            print(f"--- {part.name}", *tail, part.err.read_text(), sep="\n")
