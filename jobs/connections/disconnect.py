"""Leaves a Pipedrive as a guest should: webhooks taken away, authorisations given back, secrets forgotten."""

from __future__ import annotations

from typing import Final

import structlog
from sqlalchemy import and_, select

from jobs.connections.sync_webhooks import WebhookKeeping
from jobs.to_pipedrive.client import Pipedrive
from jobs.to_pipedrive.errors import Unauthorized
from jobs.to_pipedrive.oauth import NotConnected
from models.connections import webhooks
from models.connections.checks import Care, held, keep_hold
from models.connections.disconnect import DROPPED
from models.database.engine import Database
from models.errors import NotAllowed, SecretUnreadable, Trouble
from models.tables.connections import PersonalConnection

MOST_TRIES: Final = 6  # half a day; then we go without a word
LEAVING: Final = "leaving"
REFUSALS: Final = (NotConnected, NotAllowed, SecretUnreadable, Unauthorized)

log = structlog.get_logger()


class TakingLeave:
    """Ends the connections of tenants that asked for it (state leaving)."""

    def __init__(self, database: Database, pipedrive: Pipedrive, webhooks: WebhookKeeping) -> None:
        self._database = database
        self._pipedrive = pipedrive
        self._webhooks = webhooks

    def take(self, care: Care, failures: int) -> None:
        """Leave for good. Raises LeaseLost, and a Trouble where it makes sense to try once more later.

        A Pipedrive that refuses us is left all the same, and so is one that does not answer for half a day.
        """
        try:
            self._say_goodbye(care)
        except Trouble as trouble:
            if failures + 1 < MOST_TRIES:
                raise
            log.warning("leaving.unheard", tenant_id=care.tenant_id, why=type(trouble).__name__)
        self._forget(care)

    def _say_goodbye(self, care: Care) -> None:
        """Take the webhooks away, then give every authorisation back, whatever became of the webhooks."""
        try:
            self._webhooks.take_away(care)
        except REFUSALS as refused:
            log.info("leaving.webhooks_stay", tenant_id=care.tenant_id, why=type(refused).__name__)
        for user_id in self._people(care.tenant_id):
            self._revoke(care, user_id)
        self._revoke(care, None)

    def _people(self, tenant_id: int) -> list[int]:
        has_token = and_(
            PersonalConnection.tenant_id == tenant_id, PersonalConnection.refresh_token.is_not(None)
        )
        with self._database.reading(tenant_id) as session:
            return list(session.scalars(select(PersonalConnection.user_id).where(has_token)))

    def _revoke(self, care: Care, user_id: int | None) -> None:
        keep_hold(self._database, care)
        try:
            token = self._pipedrive.tokens.refresh_token(care.tenant_id, user_id=user_id)
            if token is not None:
                self._pipedrive.oauth.revoke(token)
        except REFUSALS as refused:
            log.info("leaving.token_stays", tenant_id=care.tenant_id, why=type(refused).__name__)

    def _forget(self, care: Care) -> None:
        """Forget all secrets in one go; where somebody connected anew meanwhile, theirs stay."""
        with self._database.writing(care.tenant_id) as session:
            row = held(session, care)
            if row.state != LEAVING:
                return
            mine = PersonalConnection.tenant_id == care.tenant_id
            people = session.scalars(select(PersonalConnection).where(mine)).all()
            for each in (row, *people):
                for name, value in DROPPED.items():
                    setattr(each, name, value)
            row.limited_until = None
            webhooks.forget(session, care.tenant_id)
