"""Disconnects from Pipedrive: deletes our webhooks, revokes authorisations, deletes secrets."""

from __future__ import annotations

from typing import Final

import structlog

from jobs.connections.sync_webhooks import WebhookSync
from jobs.to_pipedrive.client import Pipedrive
from jobs.to_pipedrive.errors import Unauthorized
from jobs.to_pipedrive.oauth import NotConnected
from models.connections import webhooks
from models.connections.checks import ConnectionCheck, lock_row, renew_lease
from models.connections.disconnect import DROPPED
from models.connections.queries import personal_connections, users_with_tokens
from models.database.engine import Database
from models.errors import AppError, NotAllowed, SecretUnreadable
from models.tables.connections import ConnectionState

MOST_TRIES: Final = 6  # half a day; then we disconnect without Pipedrive
LEAVING: Final = ConnectionState.LEAVING
REFUSALS: Final = (NotConnected, NotAllowed, SecretUnreadable, Unauthorized)

log = structlog.get_logger()


class DisconnectJob:
    """Ends the connections of tenants that requested it (state leaving)."""

    def __init__(self, database: Database, pipedrive: Pipedrive, webhooks: WebhookSync) -> None:
        self._database = database
        self._pipedrive = pipedrive
        self._webhooks = webhooks

    def take(self, check: ConnectionCheck, failures: int) -> None:
        """Disconnect for good. Raises LeaseLost, and an AppError if it should be tried again later.

        The connection is ended even if Pipedrive refuses us, or does not answer for half a day.
        """
        try:
            self._revoke_token(check)
        except AppError as trouble:
            if failures + 1 < MOST_TRIES:
                raise
            log.warning("disconnect.no_answer", tenant_id=check.tenant_id, why=type(trouble).__name__)
        self._forget(check)

    def _revoke_token(self, check: ConnectionCheck) -> None:
        """Delete the webhooks, then revoke every authorisation, even if deleting webhooks failed."""
        try:
            self._webhooks.take_away(check)
        except REFUSALS as refused:
            log.info("disconnect.webhooks_stay", tenant_id=check.tenant_id, why=type(refused).__name__)
        for user_id in self._people(check.tenant_id):
            self._revoke(check, user_id)
        self._revoke(check, None)

    def _people(self, tenant_id: int) -> list[int]:
        with self._database.reading(tenant_id) as session:
            return users_with_tokens(session, tenant_id)

    def _revoke(self, check: ConnectionCheck, user_id: int | None) -> None:
        renew_lease(self._database, check)
        try:
            token = self._pipedrive.tokens.refresh_token(check.tenant_id, user_id=user_id)
            if token is not None:
                self._pipedrive.revoke(check.tenant_id, token)
        except REFUSALS as refused:
            log.info("disconnect.token_stays", tenant_id=check.tenant_id, why=type(refused).__name__)

    def _forget(self, check: ConnectionCheck) -> None:
        """Delete all secrets in one transaction; if somebody connected anew meanwhile, theirs stay."""
        with self._database.writing(check.tenant_id) as session:
            row = lock_row(session, check)
            if row.state != LEAVING:
                return
            for each in (row, *personal_connections(session, check.tenant_id)):
                for name, value in DROPPED.items():
                    setattr(each, name, value)
            row.limited_until = None
            webhooks.forget(session, check.tenant_id)
