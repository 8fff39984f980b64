"""Carries out the waits that are due, and ends those whose condition is met before."""

from __future__ import annotations

from typing import Final

from jobs.scheduled.leased_turns import LeasedTurns
from models.clock import now
from models.database.engine import Database
from models.leads.arrivals import CLAIM
from models.leads.snooze import RETURN, bring_back
from models.notifications.digest import DIGEST, send_digest
from models.reminders.remind import REMIND, remind
from models.routing.answers import expire
from models.tables.waits import DurableWait
from models.waits.carry_out import WaitActions, carry_out
from models.waits.replay import REPLAY, continue_replay
from models.waits.store import due_waits, met_waits, tenants_with_due, tenants_with_met

ACTIONS: Final[WaitActions] = {
    REMIND: remind,
    DIGEST: send_digest,
    REPLAY: continue_replay,
    RETURN: bring_back,
    CLAIM: expire,
}


class Waits:
    """The waits of all tenants: `run_due` carries out what is due, `end_met` ends what need not wait."""

    def __init__(self, database: Database) -> None:
        self._database = database
        due = LeasedTurns(
            database,
            "waits that are due",
            lambda session: tenants_with_due(session, now()),
            lambda session, tenant_id: due_waits(session, tenant_id, now()),
            self._carry_out,
        )
        met = LeasedTurns(database, "waits that end early", tenants_with_met, met_waits, self._carry_out)
        self.run_due, self.end_met = due.run, met.run

    def _carry_out(self, wait: DurableWait) -> None:
        """Carry one out in a transaction of its own: what stops it leaves the wait as it was."""
        with self._database.writing(wait.tenant_id) as session:
            carry_out(session, wait.tenant_id, wait.id, now(), ACTIONS)
