"""The whole product in the process of the test: the real parts, without the threads of a worker.

A test lets them work with `Product.work`, or starts one thread that does (`Product.working`).
"""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from flask import Blueprint
from werkzeug.serving import make_server

from jobs.timetable import timetable
from jobs.wiring import Engine
from models.rules_file.load import load
from models.settings import Settings, from_env
from tests.engine import no_limits
from tests.jobs.closing import close_clients
from tests.stack import KEYS, the_vault
from tests.web.rsgi import as_wsgi
from web.app import CHAT_TOKENS, create_app, doorway
from web.connections.flow import PIPEDRIVE
from web.playground.play import Playground

JOBS: Final = ("release held deliveries", "carry out mutes", "send digests", "heal lanes")
REST_S: Final = 0.03
JOBS_EVERY_S: Final = 1.0


class NoWaker:
    """Wakes nobody: the test lets the workers work."""

    def wake(self) -> None:
        pass


class Product:
    """A tenant's product on a migrated database, with simulated Chat and Pipedrive."""

    def __init__(self, play: Playground, folder: Path, database_url: str, port: int, **more: str) -> None:
        self.play, self.port = play, port
        self.origin = f"http://127.0.0.1:{port}"
        play.chat.quota = play.chat.rest.quota = no_limits()
        play.pipedrive.burst = None
        variables = {"PIPENOTIFY_DATA": str(folder), "DATABASE_URL": database_url, "ENCRYPTION_KEYS": KEYS}
        variables |= {"BASE_URL": self.origin, "RULES_FRESH_S": "0", "CREDENTIALS_FRESH_S": "0.05"}
        self.settings: Settings = from_env(variables | play.environment(folder) | more)
        self.engine = Engine(self.settings)
        self.jobs = [job for job in timetable(self.engine) if job.name in JOBS]

    def load(self, documents: Sequence[Mapping[str, Any]]) -> None:
        texts = [(str(each["tenant"]), json.dumps(each)) for each in documents]
        load(self.engine.database, the_vault(), texts, dry_run=False)

    def run_jobs(self) -> None:
        """Do what is done by the clock."""
        for job in self.jobs:
            while job.run():
                pass

    def work(self) -> bool:
        """Do what is due now; return whether there was anything."""
        engine, did = self.engine, False
        self.play.pipedrive.sender.settle()
        while engine.fan_out.step():
            did = True
        results = [engine.deliver.send(message) for message in engine.deliver.claim(50)]
        if results:
            engine.deliver.finish(results)
        while engine.card_actions.step():
            did = True
        return engine.card_copies.step() or did or bool(results)

    @contextmanager
    def working(self) -> Iterator[None]:
        """Let one thread work all the time."""
        stopped = threading.Event()
        thread = threading.Thread(target=self._work_until, args=(stopped,), name="works", daemon=True)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()

    def _work_until(self, stopped: threading.Event) -> None:
        due = 0.0
        while not stopped.is_set():
            if time.monotonic() > due:
                self.run_jobs()
                due = time.monotonic() + JOBS_EVERY_S
            if not self.work():
                stopped.wait(REST_S)
        close_clients(self.engine.deliver.sender._clients)

    @contextmanager
    def served(self, *pages: Blueprint) -> Iterator[None]:
        """Answer Chat, Pipedrive and browsers, also with additional pages; at the end close everything."""
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        database, waker = self.engine.database, NoWaker()
        app = create_app(self.settings, database, waker)  # type: ignore[arg-type]
        for page in pages:
            app.register_blueprint(page)
        front = doorway(self.settings, app, database, waker)  # type: ignore[arg-type]
        server = make_server("127.0.0.1", self.port, as_wsgi(front), threaded=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield
        finally:
            server.shutdown()
            thread.join()
            server.server_close()
            app.extensions[CHAT_TOKENS]._chat._client.close()
            app.extensions[PIPEDRIVE].close()
            self._close()

    def _close(self) -> None:
        self.engine.pipedrive.close()
        self.engine.redis.close()
        close_clients(self.engine.deliver.sender._clients)
        self.engine.close()
