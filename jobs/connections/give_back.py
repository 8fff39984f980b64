"""Gives the authorisations of removed people back to Pipedrive, trying again for half a day."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog

from jobs.to_pipedrive.client import Pipedrive
from jobs.to_pipedrive.errors import Unauthorized
from jobs.to_pipedrive.oauth import NotConnected
from jobs.to_pipedrive.staging import STAGING_WAITS
from models.clock import now
from models.connections import ended_grants
from models.connections.ended_grants import PAUSES, DueGrant
from models.database.engine import Database
from models.errors import AppError, NotAllowed, RateLimited, SecretUnreadable
from models.security.vault import Vault

REFUSALS: Final = (NotConnected, NotAllowed, SecretUnreadable, Unauthorized)  # another try is of no use
PAUSE_S: Final = 60  # when Pipedrive says that we ask too often, and not for how long

log = structlog.get_logger()


class GiveBackJob:
    """One for each worker that checks connections; several may run at once."""

    def __init__(self, database: Database, vault: Vault, pipedrive: Pipedrive) -> None:
        self._database = database
        self._vault = vault
        self._pipedrive = pipedrive

    def run(self) -> None:
        """Give back what is due. Raises DatabaseUnavailable."""
        with self._database.reading_all() as session:
            if not ended_grants.has_due(session, now()):
                return
        with self._database.writing_all() as session:
            due = ended_grants.claim_due(session, now())
        for grant in due:
            if self._pipedrive.companies.allows(grant.tenant_id):
                self._give_back(grant)
            else:
                self._put_off(grant, STAGING_WAITS)

    def _give_back(self, grant: DueGrant) -> None:
        try:
            token = self._vault.open(grant.refresh_token, grant.associated_data)
            self._pipedrive.revoke(grant.tenant_id, token)
        except RateLimited as slow:
            self._put_off(grant, timedelta(seconds=slow.retry_after or PAUSE_S))
            return
        except AppError as trouble:
            is_last = isinstance(trouble, REFUSALS) or grant.failures >= len(PAUSES)
            log.warning(
                "grant.not_given_back",
                tenant_id=grant.tenant_id,
                why=type(trouble).__name__,
                tries_again=not is_last,
            )
            if not is_last:
                return
        with self._database.writing(grant.tenant_id) as session:
            ended_grants.forget(session, grant)

    def _put_off(self, grant: DueGrant, wait: timedelta) -> None:
        with self._database.writing(grant.tenant_id) as session:
            ended_grants.put_off(session, grant, now() + wait)
