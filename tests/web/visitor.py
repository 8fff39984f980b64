"""The public pages in tests, on a SQLite file without tables: they read nothing from it."""

from pathlib import Path

from flask import Blueprint
from flask.testing import FlaskClient

from models.database.engine import Database
from models.security.audit import Auditor
from tests.crm import settings_for
from web.app import create_app
from web.waker import Waker

PUBLIC = "https://pipenotify.example.com"
NOBODY = "redis://127.0.0.1:9/0"
BROWSER = {"Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"}


def visitor(folder: Path, *pages: Blueprint, **variables: str) -> FlaskClient:
    """Return a client of the whole app, with additional pages and other variables."""
    told = {"BASE_URL": PUBLIC, "REDIS_URL": NOBODY} | variables
    settings = settings_for("http://127.0.0.1:9", folder, **told)
    app = create_app(settings, Database(settings.database_url, Auditor(settings.secret_key)), Waker(settings))
    for page in pages:
        app.register_blueprint(page)
    return app.test_client()
