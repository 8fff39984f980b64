"""Pipedrive for one tenant: a valid token, and calls whose cost is counted and kept within the limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.api_quota import ApiMeter
from jobs.to_pipedrive.availability import AvailabilityRecord
from jobs.to_pipedrive.errors import CallsPaused, DailyQuotaUsed, LeaseOver
from jobs.to_pipedrive.http import TIMEOUT_S, PipedriveWire
from jobs.to_pipedrive.oauth import Granted, PipedriveOAuth
from jobs.to_pipedrive.staging import AllowedCompanies
from jobs.to_pipedrive.tokens import Tokens
from models.clock import now
from models.database.engine import Database
from models.errors import AppError, RateLimited, TemporaryFailure
from models.security.vault import Vault
from models.settings import Settings

__all__ = ["DailyQuotaUsed", "Pipedrive"]

WRITE_ENDS_IN: Final = timedelta(seconds=20)  # its time limit; and what it wrote can be read, clocks differ

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Spending:
    """How much of a company's daily budget the calls of one `work` may use.

    Its reads may bring today's spending up to that `share` of our part; so may its writes if `paces_writes`,
    else they are never refused. `is_background`: nobody waits for it, so our part is also at most a tenth of
    what Pipedrive gives the company at least.
    """

    share: float = 1.0
    paces_writes: bool = False
    is_background: bool = False


WAITED_FOR: Final = Spending()
BACKGROUND: Final = Spending(is_background=True)
BACKGROUND_HALF: Final = Spending(share=0.5, is_background=True)  # the rest is left for names


class Pipedrive:
    """The access to Pipedrive for all tenants; one for all threads of a process."""

    def __init__(
        self, database: Database, vault: Vault, settings: Settings, wire: PipedriveWire | None = None
    ) -> None:
        self.wire = wire or PipedriveWire()
        self.oauth = PipedriveOAuth(settings, self.wire)
        self.companies = AllowedCompanies(database, settings)
        self.tokens = Tokens(database, vault, settings, self.wire)
        self._meter = ApiMeter(database, settings.pipedrive_daily_tokens)
        self._availability = AvailabilityRecord(database)

    def as_tenant(
        self,
        tenant_id: int,
        work: Callable[[PipedriveApi], T],
        *,
        user_id: int | None = None,
        spending: Spending = WAITED_FOR,
        timeout_s: float = TIMEOUT_S,
        lease_until: datetime | None = None,
    ) -> T:
        """Return the result of `work` on the tenant's API, with the person's own token if `user_id` is given.

        `work` runs once: a call whose token expired is repeated with a new one, earlier calls are not.
        `spending` says how much of the daily budget it may use. `timeout_s` is for each call. No write begins
        shortly before `lease_until` or later, so that a worker that stood still does not write beside the
        one that took over its work. Not to be called inside a transaction.
        Raises NotConnected, NeedsReauth, SecretUnreadable, DailyQuotaUsed, LeaseOver, OutsideStaging (for a
        write, or where a token would have to be refreshed), and what calls raise.
        """
        with self._availability.taken():
            token, base = self.tokens.access_token(tenant_id, user_id=user_id)
            pays = _Account(
                self._meter, self.tokens, self.companies, tenant_id, user_id, spending, lease_until
            )
            return work(PipedriveApi(base, token, self.wire, timeout_s=timeout_s, account=pays))

    def as_granted(self, granted: Granted) -> PipedriveApi:
        """Return the API for a new consent, before its tenant is known.

        Raises NotConnected for an `api_domain` that is not Pipedrive's.
        """
        return PipedriveApi(self.tokens.base_of(granted.api_domain), granted.access_token, self.wire)

    def revoke(self, tenant_id: int, refresh_token: str) -> None:
        """Revoke a grant of a tenant. Raises OutsideStaging, and as `PipedriveOAuth.revoke`."""
        self.companies.require(tenant_id)
        self.oauth.revoke(refresh_token)

    def close(self) -> None:
        self.wire.close()


@dataclass(frozen=True, slots=True)
class _Account:
    """The account that pays for the calls of one `work`."""

    meter: ApiMeter
    tokens: Tokens
    companies: AllowedCompanies
    tenant_id: int
    user_id: int | None
    spending: Spending
    lease_until: datetime | None

    @contextmanager
    def paying(self, method: str, cost: int) -> Iterator[None]:
        if method != "GET":
            self.companies.require(self.tenant_id)
        spending = self.spending
        share = spending.share if method == "GET" or spending.paces_writes else None
        before = self.meter.admit(self.tenant_id, cost, share, is_background=spending.is_background)
        if method != "GET" and self.lease_until is not None and now() > self.lease_until - WRITE_ENDS_IN:
            raise LeaseOver("the lease is nearly over, so nothing more is written under it")
        try:
            yield
        except CallsPaused:
            raise
        except RateLimited as slow:
            self.meter.refused(self.tenant_id, cost, slow, before)
            raise
        except AppError as error:
            if _was_answered(error):
                self.meter.answered(self.tenant_id, cost, before)
            raise
        self.meter.answered(self.tenant_id, cost, before)

    def renewed(self, refused: str) -> str:
        return self.tokens.access_token(self.tenant_id, refused=refused, user_id=self.user_id)[0]


def _was_answered(error: AppError) -> bool:
    return not isinstance(error, TemporaryFailure) or error.http_status is not None
