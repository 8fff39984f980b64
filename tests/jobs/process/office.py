"""A data folder with a tenant, and workers that are started over it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import orjson

from models.clock import now
from models.database.engine import Database
from models.database.migrate import upgrade
from models.events import store as event_store
from models.events.store import Arrival
from models.tables import Tenant
from tests.crm import environment
from tests.engine import SPACE, deal, link, title_of
from tests.stack import SHORT_WAITS
from web.playground.chat.server import FakeChat


def children(pid: int) -> list[int]:
    """Return the processes that the main thread of a process started, in their order."""
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


class Office:
    """A data folder with one tenant, and the workers that were started over it."""

    def __init__(self, data: Path, chat: FakeChat) -> None:
        self.chat = chat
        self.data = data
        self._number = 0
        self.env = os.environ | environment("http://127.0.0.1:9", data) | SHORT_WAITS
        self.env |= {"CHAT_API_URL": chat.url, "LOG_LEVEL": "warning"}
        self.env["GOOGLE_APPLICATION_CREDENTIALS"] = str(chat.write_credentials(data / "chat.json"))
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
        worker = subprocess.Popen(command, env=self.env | env, stdout=subprocess.DEVNULL)
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
