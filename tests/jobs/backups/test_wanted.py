"""Each worker with a folder for backups notes that they are wanted, whoever makes them."""

from __future__ import annotations

from datetime import timedelta

from jobs.backups.wanted import note_backups_wanted
from models.database.engine import Database
from models.operating.backup_age import is_wanted, is_wanted_stale
from models.settings import Settings
from tests.engine import HandClock


def test_it_is_noted_once_an_hour(database: Database, settings: Settings, clock: HandClock) -> None:
    for passed, is_noted_anew in ((0.0, True), (3599.0, False), (1.0, True)):
        clock.advance(passed)
        note_backups_wanted(database, settings)
        with database.reading_all() as session:
            assert is_wanted(session, clock.at)
            in_a_moment = clock.at + timedelta(seconds=2)
            assert is_wanted_stale(session, in_a_moment) is not is_noted_anew


def test_without_a_folder_none_is_wanted(database: Database, settings: Settings, clock: HandClock) -> None:
    note_backups_wanted(database, settings.model_copy(update={"backup_folder": None}))
    with database.reading_all() as session:
        assert not is_wanted(session, clock.at)
