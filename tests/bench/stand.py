"""The setup of a benchmark: a database, web, workers and an instant Chat, each in its own process."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from models.database import migrate
from models.database.engine import Database
from models.security.vault import Vault, associated_data
from models.settings import from_env
from models.tables import (
    Connection,
    Destination,
    KnownName,
    Rule,
    RuleDestination,
    Space,
    Tenant,
    WebhookCredential,
)
from tests.bench import bare
from tests.postgresql import server
from tests.stack import KEYS, free_port
from web.playground.google.tokens import ServiceAccount


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Stand:
    """Starts processes, generates load, reads the results."""

    def __init__(self, database_url: str, folder: Path, delay_ms: int = 0) -> None:
        self.folder = folder
        self.port, self.sink_port = free_port(), free_port()
        self._children: dict[str, list[subprocess.Popen[bytes]]] = {}
        self._delay_ms = delay_ms
        self._is_bare = False
        account = ServiceAccount().info(f"http://127.0.0.1:{self.sink_port}")
        key_file = folder / "account.json"
        key_file.write_text(json.dumps(account))
        self.env = {
            **os.environ,
            "PIPENOTIFY_DATA": str(folder),
            "DATABASE_URL": database_url,
            "ENCRYPTION_KEYS": KEYS,
            "PORT": str(self.port),
            "CHAT_API_URL": f"http://127.0.0.1:{self.sink_port}",
            "GOOGLE_APPLICATION_CREDENTIALS": str(key_file),
            "CHAT_PROJECT_WRITES_PER_MINUTE": "100000000",
            "CHAT_SPACE_WRITES_PER_SECOND": "100000",
            "LOG_LEVEL": "warning",
        }
        self.settings = from_env(self.env)
        self.database = Database(database_url)

    def create_tenants(self, tenants: int, spaces: int) -> None:
        """Create tenants with one rule for each of their spaces, one for each pipeline of deals."""
        migrate.upgrade(self.database)
        vault = Vault(self.settings.encryption_keys)
        with self.database.writing_all() as session:
            for number in range(tenants):
                tenant = Tenant(name=f"Tenant {number}", monthly_limit=None)
                session.add(tenant)
                session.flush()
                session.add(Connection(tenant_id=tenant.id, company_id=str(number), domain="a.pipedrive.com"))
                where = associated_data(tenant.id, "webhook_credentials", "password", f"k-{number}")
                session.add(
                    WebhookCredential(
                        tenant_id=tenant.id,
                        key=f"k-{number}",
                        user_name="pd",
                        password=vault.close("secret", where),
                    )
                )
                session.add_all(_names(tenant.id, spaces))
                for pipeline in range(spaces):
                    self._rule(session, tenant.id, f"spaces/T{number}P{pipeline}", pipeline)

    def _rule(self, session: Any, tenant_id: int, name: str, pipeline: int) -> None:
        space = Space(tenant_id=tenant_id, name=name)
        session.add(space)
        session.flush()
        destination = Destination(
            tenant_id=tenant_id, kind="chat_space", name=name, space_id=space.id, address=name, lane=name
        )
        when = {"field": "pipeline_id", "op": "is", "value": str(pipeline)}
        rule = Rule(tenant_id=tenant_id, name=name, event_types=["deal.stage_changed"], conditions=when)
        session.add_all([destination, rule])
        session.flush()
        session.add(RuleDestination(tenant_id=tenant_id, rule_id=rule.id, destination_id=destination.id))

    def be_bare(self) -> None:
        """Start the bare loop (`tests.bench.bare`) where web and worker are asked for from now on."""
        bare.create_table(self.database)
        self._is_bare = True

    def _command(self, part: str) -> list[str]:
        url = self.settings.database_url
        if part == "sink":
            return ["-m", "tests.bench.sink", str(self.sink_port), str(self._delay_ms)]
        if not self._is_bare:
            return ["-m", "web" if part == "web" else "jobs"]
        of = [str(self.port), url] if part == "web" else [url, str(self.sink_port)]
        return ["-m", "tests.bench.bare", part, *of]

    def start_web(self) -> int:
        """Start one more web process; return its port."""
        port = free_port()
        self.start("web", port)
        return port

    def pids(self, part: str) -> list[int]:
        return [child.pid for child in self._children.get(part, ())]

    def start(self, part: str, port: int | None = None) -> None:
        """Start one `sink`, `web` or `worker`; wait until it is ready. `port` is of another web process."""
        command, log = self._command(part), self.folder / f"{part}.log"
        env = self.env | ({"PORT": str(port)} if port else {})
        env |= {"LOG_LEVEL": "info"} if part == "worker" else {}  # it logs that it is ready, and little else
        logged = log.stat().st_size if log.exists() else 0
        with log.open("ab") as out:
            child = subprocess.Popen([sys.executable, *command], env=env, stdout=out, stderr=out)
        self._children.setdefault(part, []).append(child)
        port = {"sink": self.sink_port, "web": port or self.port}.get(part)
        until = time.monotonic() + 120
        while time.monotonic() < until:
            if _answers(port) if port is not None else bare.READY.encode() in log.read_bytes()[logged:]:
                return
            time.sleep(0.01)

    def stop(self, part: str) -> None:
        for child in self._children.pop(part, []):
            child.send_signal(signal.SIGTERM)
            child.wait(40)

    def close(self) -> None:
        for part in ("worker", "web", "sink"):
            self.stop(part)
        self.database.close()

    def load(
        self,
        tenants: int,
        spaces: int,
        *,
        connections: int = 32,
        seconds: float = 60.0,
        rate: float = 0,
        first: int = 0,
        most: int = 0,
        port: int | None = None,
    ) -> dict[str, Any]:
        """Run the load and return what it printed."""
        numbers = (port or self.port, tenants, spaces, connections, seconds, rate, first, most)
        command = [sys.executable, "-m", "tests.bench.load", *map(str, numbers)]
        done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=seconds + 60)
        found: dict[str, Any] = json.loads(done.stdout)
        return found

    def seen(self) -> dict[str, Any]:
        """Return how many cards the sink has and when each deal's card came."""
        found: dict[str, Any] = self._sink("GET", "/seen").json()
        return found

    def forget(self) -> None:
        self._sink("POST", "/reset")

    def _sink(self, method: str, path: str) -> httpx.Response:
        with httpx.Client(trust_env=False, timeout=30) as client:
            return client.request(method, f"http://127.0.0.1:{self.sink_port}{path}")

    def wait_for_cards(self, cards: int, seconds: float) -> dict[str, Any]:
        until = time.monotonic() + seconds
        seen = self.seen()
        while seen["cards"] < cards and time.monotonic() < until:
            time.sleep(0.25)
            seen = self.seen()
        return seen

    def memory_mb(self) -> dict[str, float]:
        """Return the proportional memory of each process, children included, in MB."""
        sizes = {part: sum(map(_tree_mb, kids)) for part, kids in self._children.items()}
        return {part: round(size, 1) for part, size in sizes.items()}


def _names(tenant_id: int, pipelines: int) -> list[KnownName]:
    """Return the names that the load's deals refer to, as a tenant knows them after a few minutes."""
    known = {("user", "1"): "Ada", ("person", "8"): "Ben", ("organization", "1"): "Acme"}
    known |= {("stage", "1"): "Qualified", ("stage", "2"): "Won over"}
    known |= {("pipeline", str(number)): f"Pipeline {number}" for number in range(pipelines)}
    return [
        KnownName(tenant_id=tenant_id, kind=kind, key=key, text=text, more={})
        for (kind, key), text in known.items()
    ]


def _tree_mb(child: subprocess.Popen[bytes]) -> float:
    pids, total = [child.pid], 0.0
    while pids:
        pid = pids.pop()
        try:
            rollup = Path(f"/proc/{pid}/smaps_rollup").read_text()
            total += int(rollup.split("Pss:")[1].split()[0]) / 1024
            for task in Path(f"/proc/{pid}/task").iterdir():
                pids += map(int, (task / "children").read_text().split())
        except (OSError, IndexError):
            continue
    return total


@contextmanager
def stand(kind: str, tenants: int, spaces: int, delay_ms: int = 0) -> Iterator[Stand]:
    """Open a stand on `sqlite` or `postgresql` (durable: what is acknowledged is on disk)."""
    with tempfile.TemporaryDirectory(prefix="pn-bench-") as name, database_url(kind, name) as url:
        made = Stand(url, Path(name), delay_ms)
        try:
            made.create_tenants(tenants, spaces)
            made.start("sink")
            yield made
        finally:
            made.close()


@contextmanager
def database_url(kind: str, folder: str) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{folder}/pipenotify.db"
    else:
        with server(durable=True) as url:
            yield url
