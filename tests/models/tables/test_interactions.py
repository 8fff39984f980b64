"""Interactions: one key acts once, and its reply is kept for the repeat."""

from __future__ import annotations

from typing import Any

from sqlalchemy import inspect, select

from models.database.engine import Database
from models.tables import SeenInteraction
from tests.models.rows import add, count, refused

REPLIES: dict[str, Any] = {"a": None, "b": {}, "c": {"text": "done ☃"}, "d": [1, {"a": None}]}


def test_the_reply_is_kept_as_it_was_given(database: Database) -> None:
    add(database, *(SeenInteraction(key=key, reply=reply) for key, reply in REPLIES.items()))
    with database.reading_all() as session:
        assert {each.key: each.reply for each in session.scalars(select(SeenInteraction))} == REPLIES


def test_a_key_is_seen_once(database: Database) -> None:
    add(database, SeenInteraction(key="k"))
    refused(database, SeenInteraction(key="k", reply={"text": "again"}))
    assert count(database, SeenInteraction) == 1


def test_old_ones_are_found_by_their_time(database: Database) -> None:
    with database.reading_all() as session:
        indexes = inspect(session.connection()).get_indexes("interactions")
    assert [each["column_names"] for each in indexes] == [["received_at"]]
