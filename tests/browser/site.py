"""The pages in a browser without the rest of the product: an app on a database filled by a scene."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from playwright.sync_api import Browser, BrowserContext, Page
from werkzeug.serving import make_server

from models.database.engine import Database
from models.database.migrate import prepare
from models.security.audit import Auditor
from models.settings import Settings
from tests.browser.scenes import Scene, nobody
from tests.crm import settings_for
from tests.stack import ROOT, free_port
from web.app import create_app
from web.waker import Waker

GOOGLE: Final = {"GOOGLE_CLIENT_ID": "google-client", "GOOGLE_CLIENT_SECRET": "google-secret"}
AWAY: Final = "http://127.0.0.1:9"
PICTURES: Final = ROOT / "docs" / "images"
WANTS_PICTURES: Final = os.environ.get("PIPENOTIFY_SCREENSHOTS") == "1"


@dataclass
class Site:
    """A served app. `secret` is the session of the scene's signed-in person, if any."""

    settings: Settings
    database: Database
    secret: str | None

    @property
    def address(self) -> str:
        return self.settings.base_url

    def visit(self, browser: Browser, **how: Any) -> BrowserContext:
        """Open a new browser, signed in according to the scene."""
        context = browser.new_context(base_url=self.address, **{"reduced_motion": "reduce"} | how)
        if self.secret:
            context.add_cookies([{"name": "session", "value": self.secret, "url": self.address}])
        return context


@contextmanager
def site(folder: Path, scene: Scene = nobody, **variables: str) -> Iterator[Site]:
    """Serve the pages on a new database."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    port = free_port()
    told = {"BASE_URL": f"http://127.0.0.1:{port}", "REDIS_URL": "redis://127.0.0.1:9/0", **variables}
    settings = settings_for(AWAY, folder, **told)
    database = Database(settings.database_url, Auditor(settings.secret_key))
    prepare(database)
    with database.writing_all() as session:
        secret = scene(session)
    server = make_server("127.0.0.1", port, create_app(settings, database, Waker(settings)), threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield Site(settings, database, secret)
    finally:
        server.shutdown()
        thread.join(5)
        server.server_close()
        database.close()


@contextmanager
def watched(context: BrowserContext) -> Iterator[Page]:
    """A page of a browser; a script error or a violation of the policy fails the test."""
    opened = context.new_page()
    wrong: list[str] = []
    opened.on("pageerror", lambda error: wrong.append(str(error)))
    opened.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    yield opened
    context.close()
    assert [line for line in wrong if "the server responded with a status of 4" not in line] == []


def keep_picture(page: Page, name: str, **how: Any) -> None:
    """Keep what a page looks like, for the documents; only when asked for."""
    if WANTS_PICTURES:
        page.wait_for_timeout(500)
        page.screenshot(path=PICTURES / f"{name}.png", **how)
