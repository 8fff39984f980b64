"""The preview of a template: on a made-up event where there is no real one, and why it cannot be."""

from __future__ import annotations

from bot.templates.preview import preview_template
from models.database.engine import Database


def test_without_events_a_made_up_one_is_shown(database: Database, tenants: tuple[int, int]) -> None:
    with database.reading(tenants[0]) as session:
        seen = preview_template(session, tenants[0], "<b>{{ deal.title }}</b>")

    assert seen.html == "<b>Sample deal</b>"
    assert (seen.at, list(seen.problems)) == (None, [])


def test_a_template_that_cannot_be_read_says_why(database: Database, tenants: tuple[int, int]) -> None:
    with database.reading(tenants[0]) as session:
        seen = preview_template(session, tenants[0], "{% nope %}")

    assert seen.html == ""
    assert len(seen.problems) == 1
