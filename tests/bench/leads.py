"""Scoring of 10,000 leads: `python -m tests.bench [kind] leads`."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from jobs.leads.look_at_leads import look_at_leads
from models.accounts.actor import system
from models.clock import now
from models.database import migrate
from models.database.engine import Database
from models.leads.mirror import record_states
from models.leads.queries import LeadFilter, LeadView, list_leads
from models.leads.settings import recompute_scores
from models.security.audit import Auditor
from models.stalled.track import Known, row_of_state
from models.tables import Tenant
from tests.bench.stand import database_url

LEADS: Final = 10_000
AT_ONCE: Final = 500
PEOPLE: Final = 500


def run(kind: str, say: Callable[[str, str, str], None]) -> None:
    """Tell of leads as webhooks do, score them all, score them anew, and list the best."""
    with tempfile.TemporaryDirectory(prefix="pn-bench-") as folder, database_url(kind, folder) as url:
        database = Database(url, Auditor(b"the key of a bench, 32 bytes long"))
        migrate.upgrade(database)
        with database.writing_all() as session:
            tenant = Tenant(name="Acme")
            session.add(tenant)
            session.flush()
            tenant_id = tenant.id
        took = _timed(lambda: _tell(database, tenant_id))
        say(kind, f"leads: {LEADS:,} states stored", f"{LEADS / took:,.0f} a second")
        took = _timed(lambda: _look(database))
        say(kind, f"leads: {LEADS:,} scored for the first time", f"{LEADS / took:,.0f} a second")
        with database.writing(tenant_id) as session:
            recompute_scores(session, system(tenant_id, "bench"))
        took = _timed(lambda: _look(database))
        say(kind, f"leads: {LEADS:,} scored anew, nothing changed", f"{LEADS / took:,.0f} a second")
        took = _timed(lambda: _list(database, tenant_id))
        say(
            kind,
            f"leads: the best 8 of {LEADS:,}, each checked whether it may be seen",
            f"{took * 1000:,.0f} ms",
        )
        database.close()


def _timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _tell(database: Database, tenant_id: int) -> None:
    at, zone = now() - timedelta(hours=1), ZoneInfo("UTC")
    people = [
        Known("person", str(number), {"id": number, "name": f"P{number}", "emails": [{"value": "p@x.test"}]})
        for number in range(1, PEOPLE + 1)
    ]
    leads = [Known("lead", str(UUID(int=number)), _state(number)) for number in range(LEADS)]
    found = [row_of_state(tenant_id, each, at, at, zone) for each in (*people, *leads)]
    rows = [each for each in found if each is not None]
    for start in range(0, len(rows), AT_ONCE):
        with database.writing_all() as session:
            record_states(session, rows[start : start + AT_ONCE])


def _state(number: int) -> dict[str, Any]:
    return {
        "title": f"Lead {number}",
        "owner_id": number % 20,
        "person_id": number % PEOPLE + 1,
        "organization_id": number % 7 or None,
        "value": number % 20_000,
        "currency": "EUR",
        "source_name": "Web form",
        "is_archived": False,
    }


def _look(database: Database) -> None:
    while look_at_leads(database):
        pass


def _list(database: Database, tenant_id: int) -> None:
    with database.reading(tenant_id) as session:
        view = LeadView(session, tenant_id, lambda _: True, now())
        assert list_leads(view, LeadFilter(), limit=8).total == LEADS
