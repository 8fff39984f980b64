"""Chat's last call is recorded soon, rarely, and without failing an interaction."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import delete, select

from models.database.engine import Database
from models.tables import Heartbeat
from tests.web.browser import BASE, Browser, app_of
from web.from_chat.last_seen import ChatLastSeen


def _noted(database: Database) -> int:
    with database.reading_all() as session:
        return len(session.scalars(select(Heartbeat).where(Heartbeat.part == "chat")).all())


def test_the_first_word_of_chat_is_noted_and_the_next_ones_cost_nothing(database: Database) -> None:
    last_seen = ChatLastSeen(database)
    last_seen.heard()
    assert _noted(database) == 1

    with database.writing_all() as session:
        session.execute(delete(Heartbeat))
    last_seen.heard()
    assert _noted(database) == 0


def test_a_minute_later_it_is_noted_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = [1000.0]
    monkeypatch.setattr("web.from_chat.last_seen.time.monotonic", lambda: clock[0])
    last_seen = ChatLastSeen(database)
    last_seen.heard()
    with database.writing_all() as session:
        session.execute(delete(Heartbeat))

    clock[0] += 61
    last_seen.heard()
    assert _noted(database) == 1


def test_a_database_that_is_away_hinders_nobody() -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")

    ChatLastSeen(away).heard()

    away.close()


def test_whom_google_did_not_send_is_not_heard(database: Database, database_url: str, tmp_path: Path) -> None:
    with app_of(database, tmp_path, database_url) as app:
        said = Browser(app).client.post("/chat/events", json={"type": "MESSAGE"}, base_url=BASE)

    assert said.status_code == 401
    assert _noted(database) == 0
