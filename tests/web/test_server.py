"""The server: its app is built from the settings, with the webhook endpoint and additional pages."""

from __future__ import annotations

import signal
import threading
from pathlib import Path
from typing import Any

import pytest
from flask import Blueprint
from werkzeug.test import Client

from models.database import migrate
from models.database.engine import Database
from models.settings import Settings
from tests.crm import settings_for
from tests.web.rsgi import as_wsgi
from web import server
from web.server import build, rsgi

pytestmark = pytest.mark.filterwarnings(
    "ignore::ResourceWarning"
)  # what is built lives as long as its process


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = settings_for("http://127.0.0.1:9", tmp_path, REDIS_URL="redis://127.0.0.1:9/0", PORT="0")
    database = Database(made.database_url)
    migrate.upgrade(database)
    database.close()
    return made


def test_the_app_answers_at_its_doors_and_at_further_pages(settings: Settings) -> None:
    page = Blueprint("page", __name__)
    page.add_url_rule("/further", view_func=lambda: "here")

    client = Client(as_wsgi(build(settings, page)))

    assert client.get("/health/ready").status_code == 200
    assert client.get("/further").text == "here"
    assert client.post("/api/v1/webhook/pipedrive/k", json={}).status_code == 401
    assert client.post("/chat/events", json={}).status_code == 401
    assert {"waker", "credentials"} <= {each.name for each in threading.enumerate() if each.daemon}


def test_a_worker_process_ends_with_its_watcher_and_reads_its_own_settings(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[Any] = []
    monkeypatch.setattr(server, "end_with_parent", told.append)
    monkeypatch.setattr(server, "set_up", lambda level, *_, **_more: told.append(level))
    monkeypatch.setattr(server, "from_env", lambda: settings)

    assert Client(as_wsgi(rsgi())).get("/health/live").status_code == 200

    assert told == [signal.SIGKILL, settings.log_level]
