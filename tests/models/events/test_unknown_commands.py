"""Unknown commands are counted by their id, however many come at once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import select

from models.database.engine import Database
from models.events.unknown_commands import note
from models.tables.events import UnknownCommand


def _say(database: Database, command_id: int) -> None:
    with database.writing_all() as session:
        note(session, command_id)


def _counted(database: Database) -> dict[str, int]:
    with database.reading_all() as session:
        return dict(session.execute(select(UnknownCommand.command_id, UnknownCommand.times)).all())


def test_each_use_of_an_id_is_counted(database: Database) -> None:
    with ThreadPoolExecutor(4) as several:
        list(several.map(lambda number: _say(database, number), [8, 9, 8, 8]))
    assert _counted(database) == {"8": 3, "9": 1}


def test_a_number_of_any_length_is_kept_as_far_as_it_fits(database: Database) -> None:
    _say(database, 10**40)
    assert _counted(database) == {"1" + "0" * 19: 1}
