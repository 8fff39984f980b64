"""The pages for people: what this is, how it is set up, what it keeps."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, current_app, render_template

from models.database import Database, ping
from models.errors import DatabaseUnavailable
from models.pruning import INTERACTION_DAYS
from models.settings import Settings

# How Google's console calls the two kinds of audience.
BY_ENDPOINT: Final = "HTTP endpoint URL"
BY_NUMBER: Final = "Project Number"
# What stands in brackets is a list in YAML, so that a document with a forgotten one is refused by its path.
DOCUMENT: Final = """\
tenant: [name of your company]
pipedrive:
  company_id: [number of your company]
  domain: [acme.pipedrive.com]
  webhook:
    key: [a long random word]
    user: [another one]
    password: [a third one]
users:
  - email: [your Workspace e-mail]
    role: admin
"""


def pages(settings: Settings, database: Database) -> Blueprint:
    """Return the routes /, /setup and /privacy: for everybody, without any tenant's data and any secret."""
    doors = Blueprint("pages", __name__)

    @doors.get("/")
    def home() -> str:
        # The demo alone has a playground; nothing of it is known here but that it is there.
        has_playground = "playground" in current_app.blueprints
        return render_template("home.html", is_ready=_is_ready(database), has_playground=has_playground)

    @doors.get("/setup")
    def setup() -> str:
        return render_template(
            "setup.html",
            base_url=settings.base_url,
            endpoint=settings.chat_events_url,
            audience=audience_kind(settings),
            is_public=urlsplit(settings.base_url).scheme == "https",
            audience_fits=_audience_fits(settings),
            document=DOCUMENT,
        )

    @doors.get("/privacy")
    def privacy() -> str:
        answers = min(settings.keep_days, INTERACTION_DAYS)
        return render_template("privacy.html", keep_days=settings.keep_days, answer_days=answers)

    return doors


def audience_kind(settings: Settings) -> str:
    """Return what to choose as authentication audience: `CHAT_AUDIENCE` in digits is the project number."""
    return BY_NUMBER if settings.chat_audience.isdecimal() else BY_ENDPOINT


def _audience_fits(settings: Settings) -> bool:
    """Tell whether the endpoint that Google would name in its tokens is the one that the gate expects."""
    return settings.chat_audience.isdecimal() or settings.chat_audience == settings.chat_events_url


def _is_ready(database: Database) -> bool:
    try:
        ping(database)
    except DatabaseUnavailable:
        return False
    return True
