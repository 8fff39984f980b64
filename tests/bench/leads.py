"""Scoring and routing of 10,000 leads: `python -m tests.bench [kind] leads routing`."""

from __future__ import annotations

import tempfile
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from jobs.leads.look_at_leads import look_at_leads
from models.accounts.actor import system
from models.clock import now
from models.database import migrate
from models.database.engine import Database
from models.leads.mirror import record_states
from models.leads.queries import LeadFilter, LeadView, list_leads
from models.leads.settings import recompute_scores
from models.logs import set_up
from models.routing.actions import add_policy
from models.routing.policies import PolicyDraft
from models.routing.report import report_routing
from models.routing.route import route, waiting_of
from models.security.audit import Auditor
from models.stalled.track import Known, row_of_state
from models.tables import Assignment, PipedriveUser, Tenant, User
from tests.bench.stand import database_url

LEADS: Final = 10_000
AT_ONCE: Final = 500
PEOPLE: Final = 500
TEAM: Final = 20  # people who get leads
PART: Final = LEADS // 5


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


def run_routing(
    kind: str, say: Callable[[str, str, str], None], spread: Callable[[list[float]], str]
) -> None:
    """Let leads come and be scored, then route each in a transaction of its own, and read the report.

    The last fifth is set beside the first: a ratio near 1 says that nothing grows with what was routed.
    """
    set_up("error", service="worker")  # nobody here can be reached in Chat, which is a warning for each lead
    with tempfile.TemporaryDirectory(prefix="pn-bench-") as folder, database_url(kind, folder) as url:
        database = Database(url, Auditor(b"the key of a bench, 32 bytes long"))
        migrate.upgrade(database)
        tenant_id = _add_team(database)
        _tell(database, tenant_id)
        _look(database)
        times = _route_all(database, tenant_id)
        say(kind, f"routing: {len(times):,} leads offered", f"{len(times) / sum(times) * 1000:,.0f} a second")
        say(kind, "routing: one lead", spread(times))
        ratio = sum(times[-PART:]) / sum(times[:PART])
        say(kind, "routing: the last fifth to the first", f"{ratio:.2f}")
        _check(database, tenant_id)
        started = time.perf_counter()
        with database.reading(tenant_id) as session:
            report_routing(session, system(tenant_id, "bench"), now() - timedelta(days=1))
        say(kind, "routing: its report", f"{(time.perf_counter() - started) * 1000:,.0f} ms")
        database.close()


def _add_team(database: Database) -> int:
    """Add a team with a policy by turns; return its id."""
    with database.writing_all() as session:
        tenant = Tenant(name="Acme")
        session.add(tenant)
        session.flush()
        people = [
            User(
                tenant_id=tenant.id, email=f"p{each}@acme.test", role="sales_rep", pipedrive_user_id=str(each)
            )
            for each in range(1, TEAM + 1)
        ]
        known = [
            PipedriveUser(tenant_id=tenant.id, pipedrive_id=str(each), name="P")
            for each in range(1, TEAM + 1)
        ]
        session.add_all([*people, *known])
        session.flush()
        tenant_id, members = tenant.id, tuple(each.id for each in people)
    draft = PolicyDraft("All", members=members, in_hours=False, claim_minutes=30)
    with database.writing(tenant_id) as session:
        add_policy(session, system(tenant_id, "bench"), draft, now() - timedelta(days=1))
    return tenant_id


def _route_all(database: Database, tenant_id: int) -> list[float]:
    """Route what waits as the job does; return how long each lead took, in ms."""
    times: list[float] = []
    while True:
        with database.reading(tenant_id) as session:
            rows = waiting_of(session, tenant_id, now())
        if not rows:
            return times
        for row in rows:
            started = time.perf_counter()
            with database.writing(tenant_id) as session:
                route(session, tenant_id, row.id, now())
            times.append((time.perf_counter() - started) * 1000)


def _check(database: Database, tenant_id: int) -> None:
    """Raise RuntimeError unless everybody was offered as many leads as the others."""
    with database.reading(tenant_id) as session:
        mine = Assignment.tenant_id == tenant_id
        rows = session.execute(
            select(Assignment.user_id, func.count()).where(mine).group_by(Assignment.user_id)
        )
        found = Counter(dict(rows.tuples().all()))
    if set(found.values()) != {LEADS // TEAM}:
        raise RuntimeError(f"not the same for everybody: {found}")
