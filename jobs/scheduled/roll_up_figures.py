"""Rolls up the figures of all tenants, an hour of one tenant at a time."""

from __future__ import annotations

from typing import Final

from jobs.scheduled.leased_turns import LEASE
from models.chance import new_id
from models.clock import monotonic, now, sleep
from models.database.engine import ConstraintViolation, Database
from models.maintenance.job_leases import take_lease
from models.reports.roll_up import read_hour, tenants_behind, write_hour

TURN_S: Final = 0.3  # the other jobs of the sweep wait for it
NAME: Final = "roll up figures"


class FigureRollUp:
    """Rolls figures up; one worker at a time does, although nothing breaks if two do.

    `rests`: after an hour, as long as that took, so that cards wait for the same cores and write lock less.
    """

    def __init__(self, database: Database, *, rests: bool = True) -> None:
        self._database = database
        self._rests = rests
        self._token = new_id()
        self._last_tenant = 0  # the next turn begins behind it, so that each tenant has its turn

    def run(self) -> bool:
        """Do one turn; return whether more is left to do."""
        with self._database.reading_all() as session:
            tenants = tenants_behind(session, now())
        if not tenants or not self._has_lease():
            return False
        ends = monotonic() + TURN_S
        behind = [each for each in tenants if each > self._last_tenant]
        for tenant_id in (*behind, *(each for each in tenants if each <= self._last_tenant)):
            while self._roll_up_and_rest(tenant_id):
                if monotonic() > ends:
                    self._last_tenant = tenant_id
                    return True
        return False

    def _has_lease(self) -> bool:
        with self._database.writing_all() as session:
            return take_lease(session, NAME, self._token, now(), now() + LEASE)

    def _roll_up_and_rest(self, tenant_id: int) -> bool:
        began = monotonic()
        is_more = self._roll_up_hour(tenant_id)
        if self._rests:
            sleep(min(monotonic() - began, TURN_S))
        return is_more

    def _roll_up_hour(self, tenant_id: int) -> bool:
        """Roll up an hour; return whether another one may be left."""
        with self._database.reading(tenant_id) as session:
            read = read_hour(session, tenant_id, now())
        if read is None:
            return False
        try:
            with self._database.writing(tenant_id) as session:
                return write_hour(session, read)
        except ConstraintViolation:  # the tenant was erased at this moment
            return False
