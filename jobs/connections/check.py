"""Connection checks: once a day while all is well, sooner after a problem, at once on request.

The database says which connection is due. After a crash the lease runs out, and every check
begins with the present state, so another process continues and nothing is done twice.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Final

import structlog

from jobs.connections.disconnect import LEAVING, DisconnectJob
from jobs.connections.give_back import GiveBackJob
from jobs.connections.sync_users import UserSync
from jobs.connections.sync_webhooks import WebhookSync
from jobs.to_pipedrive.client import Pipedrive
from jobs.to_pipedrive.oauth import NeedsReauth, NotConnected
from models.clock import now
from models.connections import checks
from models.connections.checks import ConnectionCheck, LeaseLost
from models.connections.problems import ProblemCode, codes_of, set_problems, settle
from models.database.engine import Database
from models.errors import AppError, RateLimited, SecretUnreadable
from models.maintenance import erase_tenant
from models.security.vault import Vault
from models.settings import Settings
from models.tables.connections import Connection, ConnectionState

CONNECTED: Final = (ConnectionState.CONNECTED, ConnectionState.NEEDS_REAUTH)
SILENT_AFTER: Final = 3  # failed checks: 36 minutes
ERASES_EVERY_S: Final = 10.0

log = structlog.get_logger()


class ConnectionChecker:
    """One for each worker, in its own thread, because Pipedrive may be slow."""

    def __init__(self, database: Database, vault: Vault, settings: Settings, pipedrive: Pipedrive) -> None:
        self._database = database
        self._companies = pipedrive.companies
        self._page = f"{settings.base_url}/setup"
        self._webhooks = WebhookSync(database, vault, settings, pipedrive)
        self._people = UserSync(database, pipedrive)
        self._leave = DisconnectJob(database, pipedrive, self._webhooks)
        self._give_back = GiveBackJob(database, vault, pipedrive)
        self._erased = 0.0

    def step(self) -> bool:
        """Check one connection that is due; False when none was. Raises DatabaseUnavailable."""
        self._erase()
        with self._database.reading_all() as session:
            tenants = checks.due(session, now())
        for tenant_id in tenants:
            with self._database.writing(tenant_id) as session:
                check = checks.claim(session, tenant_id, now())
            if check is not None:
                self._look_after(check)
                return True
        return False

    def _erase(self) -> None:
        """Give back grants of removed people; erase tenants that are disconnected and marked for erasing."""
        if time.monotonic() > self._erased + ERASES_EVERY_S or not self._erased:
            self._erased = time.monotonic()
            self._give_back.run()
            erase_tenant.erase_marked(self._database)

    def _look_after(self, check: ConnectionCheck) -> None:
        try:
            if self._companies.allows(check.tenant_id):
                self._look(check)
            else:
                self._leave_alone(check)
        except LeaseLost:
            log.info("connection_check.taken_over", tenant_id=check.tenant_id)

    def _leave_alone(self, check: ConnectionCheck) -> None:
        """End the check of a company that staging may not change: what is known of it stays as it is."""
        with self._database.writing(check.tenant_id) as session:
            row = checks.lock_row(session, check)
            checks.finish_check(row, check, now(), failed=False)

    def _look(self, check: ConnectionCheck) -> None:
        row = self._row(check)
        wrong: frozenset[ProblemCode] = frozenset()
        wait = timedelta(0)
        is_failed = False
        try:
            if row.state == LEAVING:
                self._leave.take(check, row.check_failures)
            else:
                wrong = self._wrong_with(check, row)
        except RateLimited as slow:
            wrong, is_failed = codes_of(row), True
            wait = timedelta(seconds=slow.retry_after or 0)
        except AppError as error:
            wrong, is_failed = _problem_of(error, row), True
            log.warning(
                "connection_check.failed",
                tenant_id=check.tenant_id,
                error=type(error).__name__,
                why=str(error),
            )
        except LeaseLost:
            raise
        except Exception:
            wrong, is_failed = codes_of(row), True
            log.exception("connection_check.unexpected", tenant_id=check.tenant_id)
        self._end(check, wrong, failed=is_failed or bool(wrong), wait=wait)

    def _wrong_with(self, check: ConnectionCheck, row: Connection) -> frozenset[ProblemCode]:
        """Check everything that applies to a connection in this state; return its problems."""
        if row.state == ConnectionState.NEEDS_REAUTH:
            return frozenset((ProblemCode.ENDED,))
        if row.state not in CONNECTED or row.refresh_token is None:
            return frozenset()
        wrong = self._webhooks.check(check) if row.keeps_webhooks else frozenset()
        self._people.check(check)
        return wrong

    def _row(self, check: ConnectionCheck) -> Connection:
        with self._database.reading(check.tenant_id) as session:
            return checks.lock_row(session, check)

    def _end(
        self, check: ConnectionCheck, wrong: frozenset[ProblemCode], *, failed: bool, wait: timedelta
    ) -> None:
        with self._database.writing(check.tenant_id) as session:
            row = checks.lock_row(session, check)
            if row.state in CONNECTED:
                settle(session, row, wrong, self._page)
            elif row.state != LEAVING:
                set_problems(row, ())
            checks.finish_check(row, check, now(), failed=failed, wait=wait)


def _problem_of(error: AppError, row: Connection) -> frozenset[ProblemCode]:
    """Return the problems after a failed check: the known ones, until the failure has lasted for long."""
    if isinstance(error, NeedsReauth):
        return frozenset((ProblemCode.ENDED,))
    if isinstance(error, NotConnected):
        return frozenset((ProblemCode.NO_APP,))
    if isinstance(error, SecretUnreadable):
        return frozenset((ProblemCode.UNREADABLE,))
    before = codes_of(row)
    return before | {ProblemCode.SILENT} if row.check_failures + 1 >= SILENT_AFTER else before
