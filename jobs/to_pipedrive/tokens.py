"""Access tokens of tenants and persons, each refreshed by one thread of one process at a time.

A lease in the grant's row decides which: no transaction is open during the call to Pipedrive, and after
a crash the lease runs out. A refresh token may be good for one exchange only ("or it was
already exchanged", says Pipedrive), so everybody else waits for what the holder of the lease stores.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import structlog

from jobs.to_pipedrive.hosts import api_base
from jobs.to_pipedrive.http import PipedriveWire
from jobs.to_pipedrive.oauth import Granted, GrantRefused, NeedsReauth, NotConnected, PipedriveOAuth
from jobs.to_pipedrive.staging import AllowedCompanies
from models.clock import now
from models.connections import tokens
from models.connections.tokens import ENDED, TokenOwner
from models.database.engine import Database
from models.deliveries.notices import Notice, notify_admins
from models.errors import AppError, DatabaseUnavailable, TemporaryFailure
from models.security.vault import Vault
from models.settings import Settings
from models.tables.connections import ConnectionState

LEASE: Final = timedelta(seconds=30)
MARGIN: Final = timedelta(seconds=60)  # a token is not used in its last minute
WAIT_S: Final = 12.0
POLL_S: Final = 0.05
STORING_PAUSES_S: Final = (0.2, 1.0, 3.0)
NOT_YOURS: Final = "You have not connected your own Pipedrive account yet. You can do so on the setup page."
YOURS_ENDED: Final = (
    "Pipedrive has ended your own connection. Please connect yourself again on the setup page."
)

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Held:
    """The decrypted row; `spent` is the encrypted refresh token, which shows whether it was exchanged."""

    access_token: str | None = field(repr=False)
    refresh_token: str = field(repr=False)
    spent: str = field(repr=False)
    expires_at: datetime | None
    base: str


class Tokens:
    """Access tokens of all tenants, and of people with a personal connection."""

    def __init__(self, database: Database, vault: Vault, settings: Settings, wire: PipedriveWire) -> None:
        self._database = database
        self._vault = vault
        self._api_url = settings.pipedrive_api_url
        self._setup_url = f"{settings.base_url}/setup"
        self._oauth = PipedriveOAuth(settings, wire)
        self._companies = AllowedCompanies(database, settings)

    def access_token(
        self, tenant_id: int, *, refused: str | None = None, user_id: int | None = None
    ) -> tuple[str, str]:
        """Return a valid token and the origin of its API; `refused` is one that was just rejected.

        With `user_id` the person's own. Not to be called inside a transaction: it may call Pipedrive, for up
        to 10 s. Raises NotConnected, NeedsReauth, SecretUnreadable, TemporaryFailure, RateLimited,
        and OutsideStaging where it would have to be refreshed.
        """
        with self._database.reading(tenant_id) as session:
            token_owner = tokens.token_owner_of(session, tenant_id, user_id)
        deadline, is_ours = time.monotonic() + WAIT_S, False
        while True:
            held = self._read(token_owner)
            is_good = held.access_token != refused and _is_live(held.expires_at)
            # A new token is used even if it lives only a minute, else it would be refreshed for ever.
            if held.access_token and (is_good or is_ours):
                return held.access_token, held.base
            self._companies.require(tenant_id)
            lease = self._take_turn(token_owner, held)
            if lease is not None:
                self._refresh(token_owner, held, lease)
                is_ours = True
            elif time.monotonic() > deadline:
                raise TemporaryFailure("another process is still refreshing the access token")
            else:
                time.sleep(POLL_S)

    def refresh_token(self, tenant_id: int, *, user_id: int | None = None) -> str | None:
        """Return the decrypted refresh token, for revoking it; None if there is none."""
        token_owner = TokenOwner(tenant_id, user_id)
        with self._database.reading(tenant_id) as session:
            grant = tokens.find(session, token_owner)
        closed = grant.refresh_token if grant else None
        return self._vault.open(closed, token_owner.associated_data("refresh_token")) if closed else None

    def closed(self, tenant_id: int, granted: Granted) -> dict[str, Any]:
        """Return the encrypted columns of a connection's row after a grant, for the callback."""
        return self._closed(TokenOwner(tenant_id), granted) | {"state": ConnectionState.CONNECTED}

    def closed_personal(self, tenant_id: int, user_id: int, granted: Granted) -> dict[str, Any]:
        """Return the encrypted columns of a personal connection's row after a grant."""
        return self._closed(TokenOwner(tenant_id, user_id), granted) | {"state": ConnectionState.CONNECTED}

    def base_of(self, domain: str | None) -> str:
        """Return the origin of an API at `domain`; PIPEDRIVE_API_URL overrides it. Raises as `api_base`."""
        return self._api_url or api_base(domain)

    def _closed(self, token_owner: TokenOwner, granted: Granted) -> dict[str, Any]:
        columns: dict[str, Any] = {
            name: self._vault.close(getattr(granted, name), token_owner.associated_data(name))
            for name in ("access_token", "refresh_token")
        }
        if granted.api_domain:
            columns["api_domain"] = granted.api_domain[:255]
        ends = {"expires_at": granted.expires_at, "refresh_lease_until": None, "refreshed_at": now()}
        return columns | ends

    def _read(self, token_owner: TokenOwner) -> _Held:
        with self._database.reading(token_owner.tenant_id) as session:
            grant = tokens.find(session, token_owner)
        if grant is None or (grant.refresh_token is None and grant.state not in ENDED):
            raise _not_connected(token_owner)
        if grant.refresh_token is None or grant.state in ENDED:
            raise _needs_reauth(token_owner, f"the connection is {grant.state}")
        access, spent = grant.access_token, grant.refresh_token
        return _Held(
            self._vault.open(access, token_owner.associated_data("access_token")) if access else None,
            self._vault.open(spent, token_owner.associated_data("refresh_token")),
            spent,
            grant.expires_at,
            self.base_of(grant.api_domain),
        )

    def _take_turn(self, token_owner: TokenOwner, held: _Held) -> datetime | None:
        """Return until when only we may refresh; None when another process may, or already did."""
        at = now()
        with self._database.writing(token_owner.tenant_id) as session:
            is_ours = tokens.take_refresh_lease(session, token_owner, held.spent, at, at + LEASE)
        return at + LEASE if is_ours else None

    def _refresh(self, token_owner: TokenOwner, held: _Held, lease: datetime) -> None:
        """Exchange the refresh token and store the result."""
        try:
            granted = self._oauth.refresh(held.refresh_token)
        except GrantRefused as refused:
            if self._end(token_owner, held, lease):
                raise _needs_reauth(token_owner, "Pipedrive refuses the refresh token") from refused
        except AppError:
            with self._database.writing(token_owner.tenant_id) as session:
                tokens.free_refresh_lease(session, token_owner, lease)
            raise
        else:
            self._store(token_owner, held, lease, self._closed(token_owner, granted))

    def _store(self, token_owner: TokenOwner, held: _Held, lease: datetime, columns: dict[str, Any]) -> None:
        """Store the result of an exchange, with retries, because the old token may be invalid now."""
        for pause in (*STORING_PAUSES_S, None):
            try:
                with self._database.writing(token_owner.tenant_id) as session:
                    tokens.renew(session, token_owner, held.spent, lease, columns)
            except DatabaseUnavailable:
                if pause is None:
                    raise
                time.sleep(pause)
            else:
                return

    def _end(self, token_owner: TokenOwner, held: _Held, lease: datetime) -> bool:
        """Record that a person has to connect anew, and notify a tenant's admins in the same transaction.

        False if somebody has connected anew meanwhile.
        """
        with self._database.writing(token_owner.tenant_id) as session:
            has_turned = tokens.end(session, token_owner, held.spent, lease)
            if has_turned and token_owner.user_id is None:
                notify_admins(session, token_owner.tenant_id, _connect_again(self._setup_url))
            return has_turned or tokens.free_refresh_lease(session, token_owner, lease)


def _is_live(expires_at: datetime | None) -> bool:
    return expires_at is not None and expires_at - MARGIN > now()


def _not_connected(token_owner: TokenOwner) -> NotConnected:
    return NotConnected(
        "nothing was authorised", user_message=None if token_owner.user_id is None else NOT_YOURS
    )


def _needs_reauth(token_owner: TokenOwner, why: str) -> NeedsReauth:
    return NeedsReauth(why, user_message=None if token_owner.user_id is None else YOURS_ENDED)


def _connect_again(setup_url: str) -> Notice:
    words = (
        "Pipedrive no longer accepts its connection with Pipenotify. Until it is renewed, changes in"
        " Pipedrive may not arrive here, cards can lack names, and buttons cannot write."
        " Connect Pipedrive again on the setup page; your rules and spaces stay as they are."
    )
    return Notice("Pipedrive has to be connected again", words, "Open the setup page", setup_url)
