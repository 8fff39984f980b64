"""Workers that live are known, those that ended on purpose are not, those that died are for an hour."""

from __future__ import annotations

from datetime import timedelta

from models.database.engine import Database
from models.operating.workers import WorkerIdentity, is_alive, leave, list_workers, record_alive
from tests.engine import NOON


def worker(number: int) -> WorkerIdentity:
    return WorkerIdentity(f"w{number}", "box", number, "1.0.0", NOON)


def test_a_worker_lives_from_beat_to_beat(database: Database) -> None:
    with database.writing_all() as session:
        record_alive(session, worker(1), NOON, "Redis does not answer")
        record_alive(session, worker(2), NOON)
        record_alive(session, worker(1), NOON + timedelta(seconds=20))
    with database.reading_all() as session:
        first, second = list_workers(session)
    assert (first.id, first.problem, second.id) == ("w1", "", "w2")
    at = NOON + timedelta(seconds=31)
    assert (is_alive(first, at), is_alive(second, at)) == (True, False)


def test_one_that_ends_is_forgotten_at_once_and_a_dead_one_after_an_hour(database: Database) -> None:
    with database.writing_all() as session:
        for number in (1, 2):
            record_alive(session, worker(number), NOON)
        leave(session, "w1")
        record_alive(session, worker(3), NOON + timedelta(minutes=59))
        assert [each.id for each in list_workers(session)] == ["w3", "w2"]
        record_alive(session, worker(3), NOON + timedelta(minutes=61))
        assert [each.id for each in list_workers(session)] == ["w3"]
