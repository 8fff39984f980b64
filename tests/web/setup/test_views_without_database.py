"""The setup page while the database is down."""

import re
from html import unescape
from pathlib import Path

from models.database.engine import Database
from tests.web.browser import Browser, app_of


def _text(browser: Browser, path: str = "/setup") -> str:
    said = browser.get(path)
    assert said.status_code == 200
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", said.text)))


def test_without_the_record_the_page_says_so(tmp_path: Path) -> None:
    away = "postgresql+psycopg://nobody@127.0.0.1:9/none"
    database = Database(away)
    with app_of(database, tmp_path, away) as app:
        text = _text(Browser(app))
        assert Browser(app).get("/setup/state").status_code == 503

    assert "The database does not answer, so this page knows nothing of you now." in text
    assert "https://pipenotify.example.com/chat/events" in text
