"""People who get leads, and leads that come, for tests of routing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from models.accounts.actor import Actor
from models.clock import now
from models.database.engine import Database
from models.leads.look import look_at_due
from models.routing.actions import add_policy
from models.routing.policies import PolicyDraft
from models.routing.route import route, tenants_with_waiting, waiting_of
from models.tables import Assignment, DurableWait
from models.waits.carry_out import carry_out
from models.waits.store import due_waits
from tests.conftest import TwoTenants
from tests.models.acting import add_person
from tests.models.leads.known import add_users, hear, match


def add_team(database: Database, tenant_id: int, count: int = 3) -> list[Actor]:
    """Admins of a tenant, each a user of its Pipedrive: the first one is its user 1."""
    names = [f"p{number}t{tenant_id}" for number in range(1, count + 1)]
    people = [add_person(database, tenant_id, each, None, role="admin") for each in names]
    add_users(database, tenant_id, *range(1, count + 1))
    for number, each in enumerate(people, 1):
        match(database, each, number)
    return people


def ids(people: Sequence[Actor]) -> tuple[int, ...]:
    return tuple(each.user_id or 0 for each in people)


def set_policy(database: Database, people: Sequence[Actor], at: datetime | None = None, **more: Any) -> int:
    """Add a policy in the name of the first person, for all people; return its id."""
    draft = PolicyDraft(**{"name": "All", "members": ids(people), "in_hours": False, **more})
    with database.writing(people[0].tenant) as session:
        return add_policy(session, people[0], draft, at or now()).id


def come(database: Database, tenant_id: int, *numbers: int, at: datetime | None = None, **state: Any) -> None:
    """Let leads come and be looked at."""
    at = at or now()
    for number in numbers:
        hear(database, tenant_id, number, at=at, **state)
    with database.writing_all() as session:
        look_at_due(session, max(at, now()), 1000)


def route_due(database: Database, at: datetime) -> int:
    """Do what the job does until nothing is due; return how many leads were routed or put off."""
    count = 0
    while True:
        with database.reading_all() as session:
            tenants = tenants_with_waiting(session, at)
        if not tenants:
            return count
        for tenant_id in tenants:
            with database.reading(tenant_id) as session:
                rows = waiting_of(session, tenant_id, at)
            for row in rows:
                count += 1
                with database.writing(tenant_id) as session:
                    route(session, tenant_id, row.id, at)


def run_waits(database: Database, tenants: TwoTenants, at: datetime, actions: Any) -> int:
    """Carry out the waits that are due; return how many."""
    count = 0
    for tenant_id in tenants:
        with database.reading(tenant_id) as session:
            due = due_waits(session, tenant_id, at)
        for wait in due:
            count += 1
            with database.writing(tenant_id) as session:
                carry_out(session, tenant_id, wait.id, at, actions)
    return count


def steps(database: Database, tenant_id: int) -> list[Assignment]:
    """The assignments of a tenant: lead by lead as they came, each in its steps."""
    with database.reading(tenant_id) as session:
        mine = Assignment.tenant_id == tenant_id
        return list(session.scalars(select(Assignment).where(mine).order_by(Assignment.id)))


def waits_of(database: Database, tenant_id: int) -> list[DurableWait]:
    with database.reading(tenant_id) as session:
        mine = DurableWait.tenant_id == tenant_id
        return list(session.scalars(select(DurableWait).where(mine).order_by(DurableWait.id)))
