"""The public pages: what the service is, how to use it, and which data it keeps."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template

from bot.home.help import for_teams, list_topics
from models.database.engine import Database, ping
from models.errors import DatabaseUnavailable
from models.maintenance.prune import INTERACTION_DAYS
from models.settings import Settings
from web.api.reference import list_nouns
from web.setup.values import values_of


def pages(settings: Settings, database: Database) -> Blueprint:
    """Return the routes /, /docs and /privacy: public, without any tenant's data or secrets."""
    doors = Blueprint("pages", __name__)

    @doors.get("/")
    def home() -> str:
        # Only the demo has a playground; all that this module knows is whether it exists.
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

    @doors.get("/docs")
    def docs() -> str:
        return render_template("docs.html", topics=list_topics(for_teams()), nouns=list_nouns())

    return doors


def _is_ready(database: Database) -> bool:
    try:
        ping(database)
    except DatabaseUnavailable:
        return False
    return True
