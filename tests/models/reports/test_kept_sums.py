"""Sums of the roll-up are read once for each version of it, and are right after each change."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy import event, update

from models.accounts.actor import Actor, system
from models.clock import now
from models.database.engine import Database
from models.reports import figures, kept_sums
from models.tables import Delivery
from tests.conftest import TwoTenants
from tests.models.reports.counted import fill, roll_up


@pytest.fixture
def admin(database: Database, tenants: TwoTenants) -> Actor:
    found = fill(database, tenants)
    roll_up(database)
    return found


def read(database: Database, reader: Actor) -> tuple[list[str], list[str]]:
    """Return the statements that sum up the roll-up, and the counts that were found."""
    sums: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        sums.extend([statement] if "sum(figures." in statement else [])

    event.listen(database.engine, "before_cursor_execute", note)
    try:
        with database.reading(reader.tenant) as session:
            since = figures.days_ago(80)
            found = [
                *figures.by_rule(session, reader, since),
                *figures.by_destination(session, reader, since),
            ]
            days = figures.timeline(session, reader, since, now(), hourly=False)
    finally:
        event.remove(database.engine, "before_cursor_execute", note)
    return sums, [
        f"{each.name} {sorted((str(k), n) for k, n in each.figures.counts.items())}" for each in found
    ] + [f"{each.at} {sorted((str(k), n) for k, n in each.counts.items())}" for each in days]


def test_figures_are_summed_up_once_until_the_roll_up_goes_on(database: Database, admin: Actor) -> None:
    first, found = read(database, admin)
    assert len(first) == 3
    assert read(database, admin) == ([], found)

    with database.writing(admin.tenant) as session:
        changed = update(Delivery).where(Delivery.tenant_id == admin.tenant, Delivery.state == "dead")
        session.execute(changed.values(state="delivered", finished_at=now()))
    at_once = read(database, admin)[1]
    roll_up(database)
    again, later = read(database, admin)

    assert len(again) == 3
    assert at_once == later != found


def test_what_is_kept_is_of_one_tenant_and_of_who_sees_all_of_it(
    database: Database, admin: Actor, tenants: TwoTenants
) -> None:
    ours = read(database, admin)[1]
    theirs, found = read(database, system(tenants.theirs, "figures"))
    assert len(theirs) == 3
    assert found != ours

    guest = Actor("guest@acme.test", admin.tenant, space="spaces/none")
    sums, nothing = read(database, guest)
    assert len(sums) == 3
    assert {each.partition("[")[2] for each in nothing} == {"]"}


def test_what_was_not_asked_for_longest_is_forgotten(
    database: Database, admin: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kept_sums, "MOST_KEPT", 2)
    asked: list[int] = []

    def ask(key: int) -> None:
        def count() -> dict[int, Counter[str | int]]:
            asked.append(key)
            return {}

        with database.reading(admin.tenant) as session:
            kept_sums.kept_sums(session, key, count)

    for key in (1, 2, 1, 3, 1, 2):
        ask(key)

    assert asked == [1, 2, 3, 2]
