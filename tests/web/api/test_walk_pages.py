"""Cursors of all lists: while rows come and go between two pages, what stays is answered once."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import pytest
from sqlalchemy import delete, select, update

from models.accounts.actor import system
from models.clock import now
from models.security.audit import record
from models.tables import (
    Absence,
    ApiSession,
    Assignment,
    Delivery,
    Destination,
    Digest,
    Event,
    IntakeForm,
    IntakeSubmission,
    Lead,
    LeadHistory,
    LeadImport,
    Mute,
    Notification,
    QuietHours,
    RoutingPolicy,
    Rule,
    Template,
    TrackedObject,
    User,
)
from models.tables.reports import ReportSchedule
from models.tables.waits import DayOff, DurableWait
from tests.web.api.conftest import ACME, Api
from tests.web.api.objects import Objects, add_objects
from web.api.blueprint import all_routes
from web.api.routes import ApiRoute
from web.api.schemas import ListParams

# For each list that has a cursor, whose rows it shows.
TABLES: Final[dict[str, Any]] = {
    "/auth/sessions": ApiSession,
    "/admin/rules": Rule,
    "/admin/webhooks": Destination,
    "/admin/templates": Template,
    "/admin/logs": Delivery,
    "/admin/events": Event,
    "/admin/quiet-hours": QuietHours,
    "/admin/mutes": Mute,
    "/admin/digests": Digest,
    "/admin/reports": ReportSchedule,
    "/admin/reminders": DurableWait,
    "/admin/holidays": DayOff,
    "/admin/routing": RoutingPolicy,
    "/admin/assignments": Assignment,
    "/admin/availability": Absence,
    "/admin/users": User,
    "/admin/intake-forms": IntakeForm,
    "/admin/intake-submissions": IntakeSubmission,
    "/admin/imports": LeadImport,
    "/companies": TrackedObject,
    "/leads": Lead,
    "/leads/<id>/history": LeadHistory,
    "/notifications": Notification,
}
TEXT_KEYS: Final = (Lead, TrackedObject)
NEVER_DELETED: Final = ("/admin/audit",)
NEVER_TWO: Final = ("/admin/replays",)  # one runs at a time
CURSORS: Final = [
    route for route in all_routes() if issubclass(route.params, ListParams) and route.path not in NEVER_TWO
]

pytestmark = pytest.mark.usefixtures("unlimited")


def add_more(api: Api, first: Objects) -> None:
    """Add what makes every list longer: another object of each noun, somebody who is away, an act."""
    more, tenant_id = add_objects(api, ACME), api.tenants[ACME]
    with api.database.writing_all() as session:
        line: dict[str, Any] = {
            "entity": "lead",
            "object_id": first.ids["leads"],
            "key": f"key {more.number}",
        }
        line |= {"what": "note", "at": now() + timedelta(seconds=more.number)}
        session.add(LeadHistory(tenant_id=tenant_id, **line))
        session.add(Absence(tenant_id=tenant_id, user_id=more.ids["users"]))
        record(session, system(tenant_id, "maker"), "rule.made", f"R{more.number}")


def remove(api: Api, route: ApiRoute, number: str) -> None:
    """Delete the row that a list shows under this id."""
    table = TABLES[route.path]
    keys: dict[Any, Any] = {Absence: Absence.user_id, Lead: Lead.object_id}
    key = (keys | {TrackedObject: TrackedObject.object_id}).get(table) or table.id
    with api.database.writing_all() as session:
        this = (table.tenant_id == api.tenants[ACME], key == (number if table in TEXT_KEYS else int(number)))
        goes_by_mark = hasattr(table, "removed_at")
        if table is Event:
            session.execute(delete(Delivery).where(Delivery.event_id == int(number)))
        gone = update(table).values(removed_at=now()) if goes_by_mark else delete(table)
        session.execute(gone.where(*this))


@dataclass
class Walk:
    """A walk over one list, two items at a time at first. `there`: the ids that it has at its beginning."""

    api: Api
    path: str
    there: set[str] = field(default_factory=set)
    seen: list[str] = field(default_factory=list)
    cursor: str | None = ""

    def whole(self) -> set[str]:
        return {each["id"] for each in self.api.data("GET", f"{self.path}?limit=100")}

    def go_on(self, limit: int) -> None:
        follows = self.cursor and f"&cursor={self.cursor}"
        answer = self.api.call("GET", f"{self.path}?limit={limit}{follows}").get_json()
        self.seen += [each["id"] for each in answer["data"]]
        self.cursor = answer["meta"]["next"]


def test_what_stays_is_neither_skipped_nor_repeated(api: Api) -> None:
    first = add_objects(api, ACME)
    for _ in range(5):
        add_more(api, first)
    walks = {route: Walk(api, first.path(route.path)) for route in CURSORS}
    for walk in walks.values():
        walk.there = walk.whole()
    for _ in range(2):
        for walk in walks.values():
            walk.go_on(2)
        for route, walk in walks.items():
            assert walk.cursor, route.path
            if route.path not in NEVER_DELETED:
                remove(api, route, walk.seen[-1])  # the row that the cursor names
        add_more(api, first)

    for route, walk in walks.items():
        walk.go_on(100)
        assert walk.cursor is None, route.path
        assert len(walk.seen) == len(set(walk.seen)), route.path
        stayed = walk.there & walk.whole()
        assert len(stayed) >= 3, route.path
        assert stayed <= set(walk.seen), route.path


def test_every_list_that_has_a_cursor_is_walked() -> None:
    assert {route.path for route in CURSORS} == {*TABLES, *NEVER_DELETED}


def test_leads_of_one_score_and_one_moment_are_told_apart(api: Api) -> None:
    for _ in range(5):
        add_objects(api, ACME)
    at = now()
    with api.database.writing_all() as session:
        for lead in session.scalars(select(Lead).where(Lead.tenant_id == api.tenants[ACME])):
            lead.added_at, lead.score = at, 50
    whole = [each["id"] for each in api.data("GET", "/leads?limit=100")]
    seen, follows = list[str](), ""
    while follows is not None:
        answer = api.call("GET", f"/leads?limit=1{follows and f'&cursor={follows}'}").get_json()
        seen += [each["id"] for each in answer["data"]]
        follows = answer["meta"]["next"]
    assert seen == whole
    assert len(whole) == 5
