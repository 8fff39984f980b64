"""The history of a lead: a line once for its key, newest first, in its own tenant."""

from __future__ import annotations

from datetime import timedelta

from models.clock import now
from models.database.engine import Database
from models.leads.history import LeadRef, LinePlace, NewLine, add_line, list_history
from models.tables import LeadEvent
from tests.conftest import TwoTenants


def test_a_key_has_one_line_in_each_tenant(database: Database, tenants: TwoTenants) -> None:
    for each in (*tenants, tenants.ours):
        with database.writing(each) as session:
            add_line(session, LeadRef(each, "lead", "a"), NewLine(LeadEvent.NOTE, now(), "k"))

    for each in tenants:
        with database.reading(each) as session:
            assert len(list_history(session, LeadRef(each, "lead", "a"), limit=5)) == 1


def test_the_newest_line_is_first(database: Database, tenants: TwoTenants) -> None:
    lead, at = LeadRef(tenants.ours, "lead", "a"), now()
    with database.writing(tenants.ours) as session:
        assert add_line(session, lead, NewLine(LeadEvent.NOTE, at, "late"))
        assert add_line(session, lead, NewLine(LeadEvent.CREATED, at - timedelta(days=1), "early"))
        found = list_history(session, lead, limit=5)
    assert [each.what for each in found] == ["note", "created"]


def test_what_follows_a_line_is_found_also_where_lines_have_one_time(
    database: Database, tenants: TwoTenants
) -> None:
    lead, at = LeadRef(tenants.ours, "lead", "a"), now()
    with database.writing(tenants.ours) as session:
        for number, days in enumerate((0, 1, 0, 0, 2)):
            add_line(session, lead, NewLine(LeadEvent.NOTE, at - timedelta(days=days), f"key {number}"))
        whole = list_history(session, lead, limit=9)
        for number, line in enumerate(whole, 1):
            place = LinePlace.from_text(str(line.place))
            assert list_history(session, lead, limit=9, after=place) == whole[number:]
    assert [LinePlace.from_text(each) for each in ("", "7", "|7", "2026-11-20T08:00:00|7")] == [None] * 4
