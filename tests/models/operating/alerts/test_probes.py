"""Probes say whether answers are slow, whether there are any, and what the uptime of 30 days is."""

from __future__ import annotations

from datetime import timedelta

import pytest

from models.database.engine import Database
from models.operating.alerts.probes import (
    ANSWERED,
    FAILED,
    LastProbes,
    Probe,
    count_probe,
    delete_old_probes,
    find_low_uptime,
)
from models.operating.measurements import Measurements, read_measurements
from tests.engine import NOON

FAILS = Probe(10.0, "ReadTimeout")
TODAY = NOON.date().isoformat()


def after(*probes: Probe) -> LastProbes:
    made = LastProbes()
    for probe in probes:
        made.add(probe)
    return made


def answers(*seconds: float) -> LastProbes:
    return after(*map(Probe, seconds))


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        ((), None),
        ((9.0,), None),
        ((0.1,), None),
        ((5.0, 5.0), ""),
        ((5.001, 5.001), "The service took 5.0 and 5.0 seconds to answer /health/ready."),
        ((9.0, 5.0), None),  # one of two: neither slow nor in time
        ((5.0, 9.0), None),
        ((0.1, 7.0, 9.24), "The service took 7.0 and 9.2 seconds to answer /health/ready."),
        ((9.0, 9.0, 0.1), None),
        ((9.0, 9.0, 0.1, 0.1), ""),
    ],
)
def test_answers_are_slow_when_two_in_a_row_took_more_than_five_seconds(
    seconds: tuple[float, ...], expected: str | None
) -> None:
    assert answers(*seconds).find_slow() == expected


def test_a_probe_that_failed_is_no_slow_answer() -> None:
    assert after(FAILS, FAILS, FAILS).find_slow() is None
    assert after(Probe(0.1), Probe(0.1), FAILS, FAILS).find_slow() == ""
    assert after(Probe(9.0), FAILS, Probe(9.0)).find_slow()


@pytest.mark.parametrize(
    ("failures", "expected"),
    [
        (0, ""),
        (1, None),
        (2, None),
        (3, "The service does not answer /health/ready: 3 probes failed (ReadTimeout)."),
        (40, "The service does not answer /health/ready: 40 probes failed (ReadTimeout)."),
    ],
)
def test_three_failures_in_a_row_mean_that_nothing_answers(failures: int, expected: str | None) -> None:
    assert after(Probe(0.1), *[FAILS] * failures).find_no_answer() == expected
    assert after(*[FAILS] * failures, Probe(0.1)).find_no_answer() == ""


def test_who_has_not_probed_knows_nothing() -> None:
    assert LastProbes().find_no_answer() is None
    assert after(FAILS, FAILS, Probe(0.1), FAILS).find_no_answer() is None


@pytest.mark.parametrize(
    ("answered", "failed", "expected"),
    [
        (0, 999, None),
        (999, 0, None),
        (999, 1, ""),
        (998, 2, "99.80 % of the 1,000 probes of the last 30 days were answered."),
        (0, 1000, "0.00 % of the 1,000 probes of the last 30 days were answered."),
        (86_314, 86, ""),
        (99_900, 100, ""),
        (99_899, 101, "99.89 % of the 100,000 probes of the last 30 days were answered."),
    ],
)
def test_less_than_999_of_1000_is_too_low(answered: int, failed: int, expected: str | None) -> None:
    measured = {ANSWERED: {TODAY: float(answered)}, FAILED: {TODAY: float(failed)}}
    assert find_low_uptime(measured, NOON) == expected


def test_thirty_days_count_and_no_more() -> None:
    first, before = (NOON.date() - timedelta(days=days) for days in (29, 30))
    bad, good = {FAILED: {first.isoformat(): 50.0}}, {ANSWERED: {TODAY: 2000.0}}
    assert find_low_uptime(bad | good, NOON)
    old = {FAILED: {before.isoformat(): 50.0}}
    assert find_low_uptime(old | good, NOON) == ""


def test_probes_are_counted_by_day_over_all_processes_and_old_days_are_deleted(database: Database) -> None:
    for days, probes in ((0, [Probe(0.1), Probe(0.1), FAILS]), (29, [FAILS]), (30, [Probe(0.1), FAILS])):
        process = Measurements()
        for probe in probes:
            count_probe(process, probe, NOON - timedelta(days=days))
        process.store(database)
    process = Measurements()
    process.count("attempts", "2000-01-01")
    count_probe(process, Probe(0.1), NOON)
    process.store(database)
    with database.writing_all() as session:
        delete_old_probes(session, NOON)
        measured = read_measurements(session)
    first = (NOON.date() - timedelta(days=29)).isoformat()
    assert measured == {
        ANSWERED: {TODAY: 3.0},
        FAILED: {TODAY: 1.0, first: 1.0},
        "attempts": {"2000-01-01": 1.0},
    }
