"""Routes new leads, and those that somebody declined or did not accept in time."""

from __future__ import annotations

from jobs.scheduled.leased_turns import LeasedTurns
from models.clock import now
from models.database.engine import Database
from models.routing.route import route, tenants_with_waiting, waiting_of
from models.tables.routing import Assignment


class Routing:
    """The leads of all tenants that wait to be routed, each in a transaction of its own."""

    def __init__(self, database: Database) -> None:
        self._database = database
        turns = LeasedTurns(
            database,
            "leads to route",
            lambda session: tenants_with_waiting(session, now()),
            lambda session, tenant_id: waiting_of(session, tenant_id, now()),
            self._route,
        )
        self.run = turns.run

    def _route(self, row: Assignment) -> None:
        with self._database.writing(row.tenant_id) as session:
            route(session, row.tenant_id, row.id, now())
