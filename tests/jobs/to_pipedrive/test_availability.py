"""A change in how Pipedrive answers is recorded at once, else rarely; a refusal is an answer."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import select

from jobs.to_pipedrive.availability import EVERY_S, AvailabilityRecord
from models.connections.availability import ANSWERED, SILENT
from models.database.engine import Database
from models.errors import AppError, NotAllowed, RateLimited, TemporaryFailure
from models.tables import Heartbeat
from tests.clock import Clock


def noted(database: Database) -> set[str]:
    """Which notes were made since the last time; they are taken away."""
    with database.writing_all() as session:
        found = session.scalars(select(Heartbeat)).all()
        for each in found:
            session.delete(each)
        return {each.part for each in found}


def ask(pulse: AvailabilityRecord, trouble: AppError | None = None) -> None:
    with suppress(AppError), pulse.taken():
        if trouble is not None:
            raise trouble


def test_a_change_is_noted_at_once_and_what_goes_on_seldom(database: Database) -> None:
    clock = Clock()
    pulse = AvailabilityRecord(database, clock)
    ask(pulse)
    assert noted(database) == {ANSWERED}
    ask(pulse)
    assert noted(database) == set()
    ask(pulse, TemporaryFailure("cut"))
    assert noted(database) == {SILENT}
    clock.at += EVERY_S
    ask(pulse, TemporaryFailure("away", http_status=503))
    assert noted(database) == {SILENT}


@pytest.mark.parametrize(
    "trouble",
    [NotAllowed(), RateLimited("slow"), TemporaryFailure("odd", http_status=200)],
    ids=["403", "429", "odd"],
)
def test_a_refusal_is_no_silence(database: Database, trouble: AppError) -> None:
    ask(AvailabilityRecord(database, Clock()), trouble)

    assert noted(database) == set()


def test_a_record_that_is_away_spoils_no_answer() -> None:
    away = Database("postgresql+psycopg://nobody@127.0.0.1:9/none")
    with AvailabilityRecord(away, Clock()).taken():
        pass
    away.close()
