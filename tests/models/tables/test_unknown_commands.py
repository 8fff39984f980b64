"""Unknown commands: one row an id, counted from its first coming."""

from __future__ import annotations

from sqlalchemy import select

from models.database.engine import Database
from models.tables import UnknownCommand
from tests.models.rows import add, refused


def test_an_id_is_kept_once_and_has_come_once(database: Database) -> None:
    add(database, UnknownCommand(command_id="42"))
    refused(database, UnknownCommand(command_id="42"))
    with database.reading_all() as session:
        assert session.scalars(select(UnknownCommand.times)).all() == [1]
