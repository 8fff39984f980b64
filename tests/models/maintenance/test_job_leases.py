"""A job with a lease is run by one worker at a time, and by another when the lease is over."""

from __future__ import annotations

from datetime import timedelta

from models.database.engine import Database
from models.maintenance.job_leases import give_back_lease, take_lease
from tests.engine import NOON

UNTIL = NOON + timedelta(seconds=10)


def test_a_lease_has_one_holder_until_it_runs_out(database: Database) -> None:
    def take(token: str, seconds: float = 0, name: str = "a job") -> bool:
        at = NOON + timedelta(seconds=seconds)
        with database.writing_all() as session:
            return take_lease(session, name, token, at, at + timedelta(seconds=10))

    assert take("one")
    assert not take("two", 5)
    assert take("two", 5, name="another job")
    assert take("one", 5), "its holder extends it"
    assert not take("two", 14)
    assert take("two", 15)
    assert not take("one", 16)


def test_nobody_waits_for_a_lease_of_a_clock_that_was_ahead(database: Database) -> None:
    with database.writing_all() as session:
        assert take_lease(session, "a job", "ahead", NOON + timedelta(hours=1), UNTIL + timedelta(hours=1))
        assert take_lease(session, "a job", "right", NOON, UNTIL)
        assert take_lease(session, "another job", "ahead", NOON, UNTIL + timedelta(minutes=5))
        assert not take_lease(session, "another job", "right", NOON, UNTIL)


def test_only_its_holder_gives_a_lease_back(database: Database) -> None:
    with database.writing_all() as session:
        assert take_lease(session, "a job", "one", NOON, UNTIL)
        give_back_lease(session, "a job", "two")
        assert not take_lease(session, "a job", "two", NOON, UNTIL)
        give_back_lease(session, "a job", "one")
        assert take_lease(session, "a job", "two", NOON, UNTIL)
