"""Names of changes by their time: a late one replaces no newer one, and is stored once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from jobs.names import cache
from jobs.names.cache import NameCache
from models.clock import monotonic, now
from models.connections.names import remember
from models.database.engine import Database
from models.pipedrive.names import Name
from tests.changes import told
from tests.conftest import TwoTenants
from tests.jobs.names.conftest import ORGANIZATION, keep, renamed


def test_the_name_of_a_change_that_comes_late_replaces_no_newer_one(
    tenants: TwoTenants, names: NameCache
) -> None:
    key, other = (tenants.ours, ORGANIZATION), (tenants.theirs, ORGANIZATION)
    assert names.note_names([(tenants.ours, renamed("Newest", 5))]) == {key: Name("Newest")}
    late = [(each, renamed("Middle", 0)) for each in tenants]
    assert names.note_names(late) == {other: Name("Middle")}
    assert names.note_names([(tenants.theirs, renamed("Newest", 5)), *late]) == {other: Name("Newest")}
    for each in tenants:
        assert names.for_changes(each, [told(org_id=42)]).text(*ORGANIZATION) == "Newest"


def test_the_database_decides_about_a_late_name_whose_newer_one_another_process_noted(
    database: Database, tenants: TwoTenants, names: NameCache
) -> None:
    for each, shown in zip(tenants, (5, -5), strict=True):
        known = datetime(2026, 11, 20, 12, tzinfo=UTC) + timedelta(minutes=shown)
        keep(database, each, ORGANIZATION, Name("Known", {}, known))
    late = names.note_names([(each, renamed("Late", 0)) for each in tenants])
    with database.writing_all() as session:
        remember(session, late)
    names.doubt_late(late)
    found = [names.for_changes(each, [told(org_id=42)]).text(*ORGANIZATION) for each in tenants]
    assert found == ["Known", "Late"]


def test_what_was_read_long_ago_keeps_no_name_from_being_stored(
    tenants: TwoTenants, names: NameCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process may have stored another since; a part of a worker that starts again has old ones."""
    change = renamed("Acme", 0)
    again = replace(change, touched=frozenset(), happened_at=now())
    first = [names.note_names([(tenants.ours, each)]) for each in (change, again)]
    started = monotonic()
    monkeypatch.setattr(cache, "monotonic", lambda: started + cache.KEEP_S + 1)

    later = names.note_names([(tenants.ours, again)])

    assert [len(each) for each in first] == [1, 0]
    assert later.keys() == {(tenants.ours, ORGANIZATION)}


def test_a_name_in_time_is_kept_without_another_read(tenants: TwoTenants, names: NameCache) -> None:
    change = replace(told("organization", previous={"name": "Old"}, name="New"), happened_at=now())
    noted = names.note_names([(tenants.ours, change)])
    names.doubt_late(noted)
    assert names.note_names([(tenants.ours, change)]) == {}


def test_in_a_backlog_a_name_that_did_not_change_is_stored_once(
    database: Database, tenants: TwoTenants, names: NameCache
) -> None:
    """In twenty steps each of 150 names was written twenty times."""
    stored = []
    for minute, text in ((0, "Acme"), (1, "Acme"), (2, "Acme"), (3, "Globex"), (4, "Globex"), (2, "Acme")):
        same = [(each, renamed(text, minute, address="Elsewhere")) for each in tenants]
        noted = names.note_names(same)
        with database.writing_all() as session:
            remember(session, noted)
        names.doubt_late(noted)
        stored.append([name.text for name in noted.values() if name])

    assert stored == [["Acme"] * 2, [], [], ["Globex"] * 2, [], []]
    for each in tenants:
        assert names.for_changes(each, [told(org_id=42)]).text(*ORGANIZATION) == "Globex"


def test_a_late_name_is_read_anew_though_it_is_repeated(
    database: Database, tenants: TwoTenants, names: NameCache
) -> None:
    late = (tenants.ours, renamed("Late", 0, address="Elsewhere"))
    noted = names.note_names([late])
    with database.writing_all() as session:
        remember(session, noted)
    names.doubt_late(noted)
    known = datetime(2026, 11, 20, 12, 5, tzinfo=UTC)
    keep(database, tenants.ours, ORGANIZATION, Name("Known", {}, known))  # by another process
    assert names.note_names([late]) == {}

    assert names.for_changes(tenants.ours, [told(org_id=42)]).text(*ORGANIZATION) == "Known"


def test_a_name_that_was_changed_back_is_newer_than_the_one_between(
    database: Database, tenants: TwoTenants, names: NameCache
) -> None:
    keep(database, tenants.ours, ORGANIZATION, Name("Globex"))
    assert names.for_changes(tenants.ours, [told(org_id=42)]).text(*ORGANIZATION) == "Globex"
    key = (tenants.ours, ORGANIZATION)
    assert names.note_names([(tenants.ours, renamed("Globex", 5, address="Here"))]) == {}
    assert names.note_names([(tenants.ours, renamed("Globex", 5))]) == {key: Name("Globex")}
    assert names.note_names([(tenants.ours, renamed("Initech", 1))]) == {}


def test_a_name_from_the_future_is_one_of_now(tenants: TwoTenants, names: NameCache) -> None:
    """Else one wrong clock would keep a name for years."""
    future = replace(renamed("Soon", 5), happened_at=now() + timedelta(days=900))
    (noted,) = names.note_names([(tenants.ours, future)]).values()
    assert noted is not None
    assert noted.changed_at is not None
    assert noted.changed_at <= now()
