"""Access tokens: one that works for a tenant, refreshed by one thread of one process at a time.

The turn is a lease in the connection's row: no transaction is open while Pipedrive is asked, and a refresher
that dies is replaced when its lease runs out. A refresh token may be good for one exchange only ("or it was
already exchanged", says Pipedrive), so whoever does not hold the lease waits for what the holder stores.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

from sqlalchemy import or_, select, update

from jobs.to_pipedrive_oauth import Granted, GrantRefused, NeedsReauth, NotConnected, PipedriveOAuth
from jobs.to_pipedrive_wire import PipedriveWire
from models.clock import now
from models.connections import Connection
from models.database import Database
from models.errors import Deliverable, Trouble
from models.settings import Settings
from models.vault import Vault, place

LEASE: Final = timedelta(seconds=30)
MARGIN: Final = timedelta(seconds=60)  # a token is not used in its last minute
WAIT_S: Final = 12.0
POLL_S: Final = 0.05
ENDED: Final = ("needs_reauth", "revoked")
PIPEDRIVE_API: Final = "https://api.pipedrive.com"

_CONNECTIONS: Final[Any] = Connection.__table__


@dataclass(frozen=True, slots=True)
class _Held:
    """What the row says; `spent` is the closed refresh token, by which a later exchange is noticed."""

    access_token: str | None = field(repr=False)
    refresh_token: str = field(repr=False)
    spent: str = field(repr=False)
    expires_at: datetime | None
    base: str


class Tokens:
    """Access tokens of all tenants."""

    def __init__(self, database: Database, vault: Vault, settings: Settings, wire: PipedriveWire) -> None:
        self._database = database
        self._vault = vault
        self._api_url = settings.pipedrive_api_url
        self._oauth = PipedriveOAuth(settings, wire)

    def access_token(self, tenant_id: int, *, refused: str | None = None) -> tuple[str, str]:
        """Return a token that works and the origin it works at; `refused` is one that just did not.

        Not to be called inside a transaction: it may ask Pipedrive, for up to 10 s.
        Raises NotConnected, NeedsReauth, SecretUnreadable, Deliverable, RateLimited.
        """
        deadline, is_ours = time.monotonic() + WAIT_S, False
        while True:
            held = self._read(tenant_id)
            is_good = held.access_token != refused and _is_live(held.expires_at)
            # What we just got is used whatever it is, lest a token of a minute's life is refreshed for ever.
            if held.access_token and (is_good or is_ours):
                return held.access_token, held.base
            lease = self._take_turn(tenant_id, held)
            if lease is not None:
                self._refresh(tenant_id, held, lease)
                is_ours = True
            elif time.monotonic() > deadline:
                raise Deliverable("another process is still refreshing the access token")
            else:
                time.sleep(POLL_S)

    def closed(self, tenant_id: int, granted: Granted) -> dict[str, Any]:
        """Return what a connection's row is to hold after a grant: for the callback, and for a refresh."""
        columns: dict[str, Any] = {
            name: self._vault.close(getattr(granted, name), place(tenant_id, "connections", name, tenant_id))
            for name in ("access_token", "refresh_token")
        }
        if granted.api_domain:
            columns["api_domain"] = granted.api_domain[:255]
        ends = {"expires_at": granted.expires_at, "refresh_lease_until": None, "state": "connected"}
        return columns | ends

    def _read(self, tenant_id: int) -> _Held:
        with self._database.reading(tenant_id) as session:
            row = session.scalar(select(Connection).where(Connection.tenant_id == tenant_id))
        if row is None:
            raise NotConnected("the tenant has no connection")
        if row.state in ENDED:
            raise NeedsReauth(f"the connection is {row.state}")
        if row.refresh_token is None:
            raise NotConnected("the connection was never authorised")
        return _Held(
            self._open(tenant_id, "access_token", row.access_token) if row.access_token else None,
            self._open(tenant_id, "refresh_token", row.refresh_token),
            row.refresh_token,
            row.expires_at,
            self._api_url or api_base(row.api_domain or row.domain),
        )

    def _open(self, tenant_id: int, column: str, closed: str) -> str:
        return self._vault.open(closed, place(tenant_id, "connections", column, tenant_id))

    def _take_turn(self, tenant_id: int, held: _Held) -> datetime | None:
        """Return until when we alone may refresh; None when another one may, or already did."""
        at = now()
        free = or_(_CONNECTIONS.c.refresh_lease_until.is_(None), _CONNECTIONS.c.refresh_lease_until <= at)
        with_lease = {"refresh_lease_until": at + LEASE}
        taken = self._update(tenant_id, with_lease, _CONNECTIONS.c.refresh_token == held.spent, free)
        return at + LEASE if taken else None

    def _refresh(self, tenant_id: int, held: _Held, lease: datetime) -> None:
        """Exchange and store. Where somebody connected anew meanwhile, theirs stays."""
        # Either alone will do: keys may be rotated meanwhile, or the lease have run out.
        ours = or_(_CONNECTIONS.c.refresh_token == held.spent, _CONNECTIONS.c.refresh_lease_until == lease)
        try:
            granted = self._oauth.refresh(held.refresh_token)
        except GrantRefused as refused:
            ended = {"state": "needs_reauth", "access_token": None, "refresh_lease_until": None}
            if self._update(tenant_id, ended, ours):
                raise NeedsReauth("Pipedrive refuses the refresh token") from refused
        except Trouble:
            self._update(
                tenant_id, {"refresh_lease_until": None}, _CONNECTIONS.c.refresh_lease_until == lease
            )
            raise
        else:
            self._update(tenant_id, self.closed(tenant_id, granted), ours)

    def _update(self, tenant_id: int, values: dict[str, Any], *only_if: Any) -> bool:
        statement = update(_CONNECTIONS).where(_CONNECTIONS.c.tenant_id == tenant_id, *only_if)
        with self._database.writing(tenant_id) as session:
            return session.connection().execute(statement.values(values)).rowcount == 1


def _is_live(expires_at: datetime | None) -> bool:
    return expires_at is not None and expires_at - MARGIN > now()


def api_base(domain: str | None) -> str:
    """Return the https origin of a company's API. Raises NotConnected for a host that is not Pipedrive's.

    A token is sent there, so whoever can write a connection must not be able to name any host.
    """
    if not domain:
        return PIPEDRIVE_API
    parts = urlsplit(domain if "://" in domain else f"https://{domain}")
    host = parts.hostname or ""
    if parts.scheme != "https" or not host.endswith(".pipedrive.com") or parts.netloc != host:
        raise NotConnected("api_domain is not https://<company>.pipedrive.com")
    return f"https://{host}"
