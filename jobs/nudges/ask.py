"""Asks people in the morning what is missing or late in their deals: one card each, worst first."""

from __future__ import annotations

import structlog

from jobs.scheduled.leased_turns import LeasedTurns
from models.clock import now
from models.database.engine import Database
from models.nudges.mornings import ask, due_settings, note_next, read_morning, tenants_with_due
from models.nudges.offers import offer_to_end
from models.tables.nudges import NudgeSettings

log = structlog.get_logger()


class Nudges:
    """Asks the people of all tenants; every process that sweeps has one."""

    def __init__(self, database: Database) -> None:
        self._database = database
        turns = LeasedTurns(
            database,
            "nudges",
            lambda session: tenants_with_due(session, now()),
            lambda session, tenant_id: due_settings(session, tenant_id, now()),
            self._ask_team,
        )
        self.run = turns.run

    def _ask_team(self, settings: NudgeSettings) -> None:
        """Ask whoever's morning has come, each in a transaction of their own, then note who is next.

        A worker that dies in between leaves the rest to the next turn: each day of a person is noted with
        their card.
        """
        tenant_id, at = settings.tenant_id, now()
        with self._database.reading(tenant_id) as session:
            due, next_at = read_morning(session, settings, at)
        sent = 0
        for each in due:
            with self._database.writing(tenant_id) as session:
                sent += ask(session, tenant_id, each, at)
        with self._database.writing(tenant_id) as session:
            offered = offer_to_end(session, tenant_id, at)
            note_next(session, tenant_id, settings.next_at, next_at)
        if due:
            log.info("nudges.asked", tenant_id=tenant_id, people=len(due), cards=sent, offered=offered)
