"""Writes beside the deliveries of a space: one at a time, and released whatever happens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from jobs.best_effort.space_writer import SpaceWriter
from jobs.deliveries.retry import LEASE
from jobs.to_servers.deadline import time_left
from models.clock import now
from models.errors import DatabaseUnavailable, TemporaryFailure
from tests.conftest import TwoTenants
from tests.engine import SPACE, Bench, deal, link


@pytest.fixture
def writer(bench: Bench, tenants: TwoTenants) -> SpaceWriter:
    """The space has had a card, and rests no more."""
    link(bench.database, tenants.ours)
    bench.clock.at = now() - timedelta(minutes=5)
    bench.receive(tenants.ours, deal(7))
    bench.spread()
    bench.send_all()
    return SpaceWriter(bench.settings, bench.database)


def test_what_fails_is_told_and_the_space_is_free_again(
    bench: Bench, writer: SpaceWriter, tenants: TwoTenants
) -> None:
    ends: list[Exception | None] = []

    def fail(*_: object) -> None:
        raise TemporaryFailure("away")

    assert writer.write(tenants.ours, SPACE, fail, end=lambda _session, error: ends.append(error))

    assert [type(each) for each in ends] == [TemporaryFailure]
    assert bench.lane(tenants.ours).lease_token is None


def test_a_space_that_is_being_written_is_left_alone(
    bench: Bench, writer: SpaceWriter, tenants: TwoTenants
) -> None:
    done: list[str] = []
    bench.change_lane(tenants.ours, lease_until=now() + timedelta(minutes=1))

    assert not writer.write(
        tenants.ours,
        SPACE,
        lambda *_: done.append("sent"),
        begin=lambda _: done.append("begun"),
        end=lambda *_: done.append("ended"),
    )
    assert done == []


def test_a_database_that_is_away_is_nobodys_failure(writer: SpaceWriter, tenants: TwoTenants) -> None:
    def away(*_: object) -> None:
        raise DatabaseUnavailable("away")

    with pytest.raises(DatabaseUnavailable):
        writer.write(tenants.ours, SPACE, away, end=lambda *_: None)


def test_what_is_sent_ends_before_the_lease_of_the_space(
    bench: Bench, writer: SpaceWriter, tenants: TwoTenants
) -> None:
    left: list[float] = []

    def note(*_: object) -> None:
        left.append(time_left())

    assert writer.write(tenants.ours, SPACE, note, end=lambda *_: None)
    assert 0 < left[0] < LEASE.total_seconds()
