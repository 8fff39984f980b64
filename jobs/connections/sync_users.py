"""Syncs the users and names of a tenant's Pipedrive, so that both stay up to date."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final

import structlog

from jobs.connections.restricted_share import tell_share
from jobs.names.sources import QUESTIONS, Question
from jobs.to_pipedrive.calls import Item
from jobs.to_pipedrive.client import Pipedrive
from models.clock import now
from models.connections import people
from models.connections.checks import ConnectionCheck, lock_row, renew_lease
from models.connections.names import remember as remember_names
from models.connections.problems import PARTIAL
from models.connections.queries import users_unused_since
from models.database.engine import Database, Session
from models.deliveries.notices import notify_admins
from models.errors import AppError, NotAllowed, NotFound
from models.pipedrive.names import Names
from models.pipedrive.rest import names_from_lists
from models.tables.connections import Connection

EVERY: Final = timedelta(hours=20)  # a check comes every day, sometimes earlier
UNUSED: Final = timedelta(days=45)  # Pipedrive expires a refresh token after 60 days

log = structlog.get_logger()


class UserSync:
    """Reads lists once a day: names and users; the caller holds the lease."""

    def __init__(self, database: Database, pipedrive: Pipedrive) -> None:
        self._database = database
        self._pipedrive = pipedrive

    def check(self, check: ConnectionCheck) -> None:
        """Read what was not read today. Raises LeaseLost and the errors of `Pipedrive.as_tenant`."""
        self._use_old_authorisations(check)
        if self._is_fresh(check.tenant_id):
            return
        for question in QUESTIONS:
            if not question.by_id and question.key != "user":
                self._refresh(check, question)
        self._read_users(check)  # after the names, because it marks everything as read
        renew_lease(self._database, check)
        tell_share(self._database, self._pipedrive, check.tenant_id)

    def _is_fresh(self, tenant_id: int) -> bool:
        with self._database.reading(tenant_id) as session:
            seen = people.seen_at(session, tenant_id)
        return seen is not None and seen > now() - EVERY

    def _refresh(self, check: ConnectionCheck, question: Question) -> None:
        renew_lease(self._database, check)
        asked_at = now()
        try:
            names = self._pipedrive.as_tenant(check.tenant_id, lambda api: question.ask(api, ()))
        except (NotAllowed, NotFound):
            return  # not in their plan, or not visible to this user
        self._remember(check, names, asked_at)

    def _remember(self, check: ConnectionCheck, names: Names, asked_at: datetime) -> None:
        with self._database.writing(check.tenant_id) as session:
            lock_row(session, check)
            found = {(check.tenant_id, pair): name for pair, name in names.items()}
            remember_names(session, found, asked_at=asked_at)

    def _read_users(self, check: ConnectionCheck) -> None:
        renew_lease(self._database, check)
        asked_at = now()
        try:
            items = self._pipedrive.as_tenant(check.tenant_id, lambda api: api.users())
        except NotAllowed:
            return
        self._remember(check, names_from_lists.called("user", items), asked_at)
        with self._database.writing(check.tenant_id) as session:
            row = lock_row(session, check)
            _keep(session, row, items, now())

    def _use_old_authorisations(self, check: ConnectionCheck) -> None:
        """Use the authorisations of people who press seldom, so that they do not die of disuse."""
        with self._database.reading(check.tenant_id) as session:
            users = users_unused_since(session, check.tenant_id, now() - UNUSED)
        for user_id in users:
            renew_lease(self._database, check)
            self._use(check.tenant_id, user_id)

    def _use(self, tenant_id: int, user_id: int) -> None:
        try:
            self._pipedrive.tokens.access_token(tenant_id, user_id=user_id)
        except AppError as trouble:  # only this person's: the tenant's check continues
            log.info("user.not_refreshed", tenant_id=tenant_id, user_id=user_id, why=type(trouble).__name__)


def _keep(session: Session, row: Connection, items: Sequence[Item], at: datetime) -> None:
    """Store the list of users, and whether the one who connected is still an admin."""
    users = people.seen_users(items)
    people.save_users(session, row.tenant_id, users, at)
    people.match(session, row.tenant_id)
    is_admin = next((user.is_admin for user in users if user.id == row.user_id), row.is_admin)
    if row.is_admin and is_admin is False:
        notify_admins(session, row.tenant_id, PARTIAL)
    row.is_admin = is_admin
