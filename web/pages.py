"""The pages for everybody: what this is, and what it keeps."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from models.database.engine import Database, ping
from models.errors import DatabaseUnavailable
from models.maintenance.prune import INTERACTION_DAYS
from models.settings import Settings
from web.setup.values import values_of


def pages(settings: Settings, database: Database) -> Blueprint:
    """Return the routes / and /privacy: for everybody, without any tenant's data and any secret."""
    doors = Blueprint("pages", __name__)

    @doors.get("/")
    def home() -> str:
        # The demo alone has a playground; nothing of it is known here but that it is there.
        has_playground = "playground" in current_app.blueprints
        return render_template(
            "home.html",
            is_ready=_is_ready(database),
            has_playground=has_playground,
            signs_in=values_of(settings).signs_in,
        )

    @doors.get("/privacy")
    def privacy() -> str:
        answers = min(settings.keep_days, INTERACTION_DAYS)
        return render_template("privacy.html", keep_days=settings.keep_days, answer_days=answers)

    return doors


def _is_ready(database: Database) -> bool:
    try:
        ping(database)
    except DatabaseUnavailable:
        return False
    return True
