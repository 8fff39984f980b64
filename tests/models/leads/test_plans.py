"""What is asked often of leads is found by an index, however many there are."""

from __future__ import annotations

import re

from sqlalchemy import text

from models.clock import now
from models.database.engine import Database
from models.leads.ends.known import with_ends
from models.leads.ends.origins import due_lost_leads, questions_of
from models.leads.history import LeadRef, list_history
from models.leads.look import due_leads, look_at_due, look_at_some
from models.leads.mirror import name_deals
from models.leads.queries import LeadFilter, LeadView, get_lead, list_leads
from models.leads.scoring import last_score
from tests.changes import told
from tests.conftest import TwoTenants
from tests.models.explained import explained

TABLES = "(leads|lead_history|lead_scores|tracked_objects)"  # settings are one row a team
SCAN = re.compile(rf"SCAN {TABLES}\b(?! USING)|Seq Scan on {TABLES}\b")
_LEADS = """
    INSERT INTO leads (tenant_id, entity, object_id, is_open, owner_id, added_at, changed_at, score, look_at)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    SELECT :tenant, 'lead', 'lead-' || i, i % 5 = 0, CAST(i % 50 AS text), :at, :at, i % 100,
           CASE WHEN i % 500 = 0 THEN :at END
    FROM n
"""
_LOST = "UPDATE leads SET is_open = (0 = 1), status = 'lost' WHERE object_id LIKE 'lead-%500'"
_STATES = """
    INSERT INTO tracked_objects (tenant_id, entity, object_id, is_open, changed_at, heard_at, words, state)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    SELECT :tenant, 'lead', 'lead-' || i, i % 5 = 0, :at, :at, 'lead ' || i, :state FROM n
"""
_HISTORY = """
    INSERT INTO lead_history (tenant_id, entity, object_id, key, at, what, details)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    SELECT :tenant, 'lead', 'lead-' || i, 'key', :at, 'created', '{}' FROM n
"""
_SCORES = """
    INSERT INTO lead_scores (tenant_id, entity, object_id, at, score, band, reasons)
    WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 5000)
    SELECT :tenant, 'lead', 'lead-' || i, :at, 5, 'cold', '[]' FROM n
"""


def test_no_hot_statement_about_leads_scans(database: Database, tenants: TwoTenants) -> None:
    at = now().isoformat(timespec="microseconds") if database.is_sqlite else now()
    with database.engine.connect().execution_options(schema_change=True) as connection:
        for each in tenants:
            values = {"tenant": each, "at": at, "state": b'{"state": {"title": "x"}, "permitted": null}'}
            connection.execute(text(_LEADS), values)
            for rows in (_STATES, _HISTORY, _SCORES):
                connection.execute(text(rows), values)
        connection.commit()
        connection.execute(text("ANALYZE"))
        connection.commit()
    lead = LeadRef(tenants.ours, "lead", "lead-5")
    with explained(database, SCAN) as scans:
        with database.writing_all() as session:
            due_leads(session, now(), 5)
            questions_of(session, due_lost_leads(session, now(), 5))
            look_at_some(session, [lead], now())
            look_at_due(session, now(), 5)
            name_deals(session, {(tenants.ours, "lead-5"): "7"}, now())
        with database.reading_all() as session:
            with_ends(session, [(tenants.ours, told("lead", previous={"is_archived": False}), now())])
        with database.reading(tenants.ours) as session:
            view = LeadView(session, tenants.ours, lambda _: True, now(), "1")
            get_lead(view, "lead-5")
            list_leads(view, LeadFilter(owner_id="1"), limit=5)
            list_history(session, lead, limit=5)
            last_score(session, lead)
    assert scans == []


def test_due_lost_leads_are_found_by_their_own_index(database: Database, tenants: TwoTenants) -> None:
    """All of 5,000 leads of each team are due, as after a change of the weights; one in 1,000 is lost."""
    at = now().isoformat(timespec="microseconds") if database.is_sqlite else now()
    with database.engine.connect().execution_options(schema_change=True) as connection:
        for each in tenants:
            connection.execute(text(_LEADS), {"tenant": each, "at": at})
        connection.execute(text("UPDATE leads SET look_at = :at"), {"at": at})
        connection.execute(text(_LOST))
        connection.commit()
        connection.execute(text("ANALYZE"))
        connection.commit()
    steps = re.compile("ix_leads_|Sort|TEMP B-TREE|Seq Scan on leads")
    with explained(database, steps) as used, database.reading_all() as session:
        lost = due_lost_leads(session, now(), 5)

    assert len(lost) == 5
    assert ["ix_leads_lost" in step.split(" in SELECT")[0] for step in used] == [True]


def test_leads_that_are_due_are_found_by_their_time_without_statistics(
    database: Database, tenants: TwoTenants
) -> None:
    """Each sweep asks for them: by the index of tenants SQLite would read and sort every lead."""
    by_tenant = re.compile(r"ix_leads_deal|ix_leads_owner|TEMP B-TREE|Seq Scan on leads")
    with explained(database, by_tenant) as wrong, database.reading_all() as session:
        session.connection().execute(text("SELECT 1"))
        due_leads(session, now(), 5)
        due_lost_leads(session, now(), 5)
    assert database.is_sqlite is False or wrong == []
