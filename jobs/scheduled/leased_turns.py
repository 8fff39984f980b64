"""Turns of a scheduled job over the rows of all tenants; one worker at a time has them, by a lease."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Final, Generic, TypeVar

import structlog

from jobs.queue import INTERRUPTIONS
from models.chance import new_id
from models.clock import monotonic, now
from models.database.engine import Database, Session
from models.errors import DatabaseUnavailable
from models.maintenance.job_leases import take_lease
from models.tables.base import TenantOwned

TURN_S: Final = 1.0  # the other jobs of the sweep wait for it
LEASE: Final = timedelta(seconds=10)

Row = TypeVar("Row", bound=TenantOwned)
log = structlog.get_logger()


class LeasedTurns(Generic[Row]):
    """Does `work` with each of the `rows` of the `tenants` that have some.

    A row that fails is tried again in the next turn, and keeps no other one waiting.
    """

    def __init__(
        self,
        database: Database,
        name: str,
        tenants: Callable[[Session], Sequence[int]],
        rows: Callable[[Session, int], Sequence[Row]],
        work: Callable[[Row], None],
    ) -> None:
        self._database = database
        self._name = name
        self._tenants = tenants
        self._rows = rows
        self._work = work
        self._token = new_id()
        self._last_tenant = 0  # the next turn begins behind it, so that a slow one delays no other for long

    def run(self) -> None:
        """Do one turn. What takes longer than a second is done by the next ones."""
        with self._database.reading_all() as session:
            tenants = self._tenants(session)
        if not tenants or not self._has_lease():
            return
        ends = monotonic() + TURN_S
        behind = [each for each in tenants if each > self._last_tenant]
        for tenant_id in (*behind, *(each for each in tenants if each <= self._last_tenant)):
            self._last_tenant = tenant_id
            with self._database.reading(tenant_id) as session:
                rows = self._rows(session, tenant_id)
            for row in rows:
                if monotonic() > ends:
                    return
                self._guarded(row)

    def _has_lease(self) -> bool:
        with self._database.writing_all() as session:
            return take_lease(session, self._name, self._token, now(), now() + LEASE)

    def _guarded(self, row: Row) -> None:
        try:
            self._work(row)
        except (*INTERRUPTIONS, DatabaseUnavailable):
            raise
        except Exception:
            log.exception("turn.failed", job=self._name, tenant_id=row.tenant_id)
