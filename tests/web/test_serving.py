"""Serving: the database is prepared first, then one process answers and one watches it."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from models.database import migrate
from models.database.engine import Database
from tests.crm import settings_for
from web import serving
from web.incoming.connections import allow_connections
from web.serving import BACKLOG, END_WITHIN_S, MOST_HEAD_BYTES, serve


class Granian:
    """Records how it was asked to serve."""

    asked: dict[str, Any]

    def __init__(self, target: str, **asked: Any) -> None:
        Granian.asked = {"target": target, **asked}

    def serve(self) -> None:
        Granian.asked["served"] = True


def test_serving_prepares_the_record_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "Granian", Granian)
    fresh = settings_for("http://127.0.0.1:9", tmp_path / "fresh", HOST="127.0.0.1", PORT="8123")

    serve(fresh, "web.server:rsgi")

    asked = Granian.asked
    assert (asked["target"], asked["served"], asked["factory"]) == ("web.server:rsgi", True, True)
    assert (asked["address"], asked["port"]) == ("127.0.0.1", 8123)
    assert (asked["workers"], asked["respawn_failed_workers"]) == (1, True)
    assert asked["backlog"] == BACKLOG
    assert asked["backpressure"] == allow_connections()
    assert asked["interface"] == "rsgi"
    assert asked["http1_settings"].max_buffer_size == MOST_HEAD_BYTES
    assert asked["workers_kill_timeout"] == END_WITHIN_S < 10  # SIGTERM ends the web part within 10 s
    database = Database(fresh.database_url)
    assert migrate.current(database) == migrate.head()
    database.close()


def test_a_record_that_is_not_fit_stops_the_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(serving, "Granian", Granian)
    Granian.asked = {}
    nobody = "postgresql+psycopg://nobody@127.0.0.1:9/nothing"
    away = settings_for("http://127.0.0.1:9", tmp_path, DATABASE_URL=nobody)

    assert serve(away, "web.server:rsgi") == 1

    told = capfd.readouterr().err
    assert "does not answer" in told
    assert "Traceback" not in told
    assert Granian.asked == {}


def test_a_port_that_is_taken_needs_notice_in_one_line(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        settings = settings_for("http://127.0.0.1:9", tmp_path, HOST="127.0.0.1", PORT=port)

        assert serve(settings, "web.server:rsgi") == 1

    assert capfd.readouterr().err.splitlines() == [
        f"PORT {port} on 127.0.0.1 cannot be had: Address already in use (os error 98)"
    ]


def test_the_watcher_loads_no_tables() -> None:
    loaded = "import sys, web.serving; print(*sys.modules)"
    modules = subprocess.run((sys.executable, "-c", loaded), capture_output=True, text=True, check=True)
    assert {"models.settings"} == {"models.settings", "models.tables", "sqlalchemy.orm"} & set(
        modules.stdout.split()
    )
