"""Latencies are counted in fixed buckets, at most 5 % wrong, the same on both databases."""

from __future__ import annotations

from collections import Counter

import pytest
from sqlalchemy import literal, select

from models.database.engine import Database
from models.reports.latency import bucket_of, percentile


@pytest.mark.parametrize("took", [0, 7, 99, 100, 149, 999, 1000, 4567, 86_399_999, 9_999_999_999])
def test_a_percentile_is_at_most_five_percent_wrong(database: Database, took: int) -> None:
    with database.reading_all() as session:
        bucket = session.scalar(select(bucket_of(literal(took))))
    assert bucket is not None

    found = percentile(Counter({int(bucket): 1}), 50)

    assert found is not None
    assert abs(found - took) <= took * 0.05


def test_what_ended_before_it_began_took_no_time(database: Database) -> None:
    with database.reading_all() as session:
        assert session.scalar(select(bucket_of(literal(-5)))) == 0
        assert session.scalar(select(bucket_of(literal(10**12)))) == 10**10


def test_percentiles_are_those_of_the_nearest_rank() -> None:
    hundred = Counter(dict.fromkeys(range(100), 1))

    assert (percentile(hundred, 50), percentile(hundred, 95), percentile(hundred, 100)) == (49, 94, 99)
    assert percentile(Counter(), 95) is None


def test_histograms_add_up() -> None:
    fast, slow = Counter({10: 9}), Counter({90: 1})

    assert percentile(fast + slow, 50) == 10
    assert percentile(fast + slow, 95) == 90
