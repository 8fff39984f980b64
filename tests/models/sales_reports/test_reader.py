"""Ranges begin by the team's clock; a pipeline is named by words that mean one."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from models.database.engine import Database
from models.errors import InvalidRequest, NotAllowed
from models.sales_reports.reader import begin_of_range
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.sales_reports.deals import managers, report

PRAGUE = ZoneInfo("Europe/Prague")


@pytest.mark.parametrize(
    ("at", "name", "begin"),
    [
        ("2026-11-26T10:00", "monday", "2026-11-22T23:00"),
        ("2026-11-23T08:00", "monday", "2026-11-15T23:00"),
        ("2026-11-22T23:30", "monday", "2026-11-15T23:00"),
        ("2026-11-26T10:00", "today", "2026-11-25T23:00"),
        ("2026-11-26T10:00", "7d", "2026-11-19T10:00"),
    ],
)
def test_a_range_begins_by_the_clock_of_the_team(at: str, name: str, begin: str) -> None:
    found = begin_of_range(name, datetime.fromisoformat(at).replace(tzinfo=UTC), PRAGUE)

    assert found == datetime.fromisoformat(begin).replace(tzinfo=UTC)


@pytest.mark.parametrize("words", ["Moon", "e"])
def test_words_that_do_not_mean_one_pipeline_are_refused(
    database: Database, tenants: TwoTenants, words: str
) -> None:
    boss = managers(database, tenants.ours)
    with pytest.raises(InvalidRequest, match="Renewals, Sales"):
        report(database, boss, pipeline=words)


def test_a_guest_reads_nothing(database: Database, tenants: TwoTenants) -> None:
    guest = add_person(database, tenants.ours, "Guest", None, role="nobody")
    with pytest.raises(NotAllowed):
        report(database, guest)
