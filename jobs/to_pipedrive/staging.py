"""Whose Pipedrive an installation for testing may change: that of the companies of STAGING_COMPANIES.

Its database may be a copy of production's, with the tokens and the queued work of every customer in it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from models.database.engine import Database
from models.settings import Settings
from models.staging.companies import is_listed, lists_tenant, outside_staging

STAGING_WAITS: Final = timedelta(days=1)  # until work of a company that is not listed is looked at again


class AllowedCompanies:
    """Asked before each write to Pipedrive and each use of a refresh token, in the client itself."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._companies = settings.allowed_companies

    def allows(self, tenant_id: int) -> bool:
        """Return whether the Pipedrive of a tenant may be changed. Raises DatabaseUnavailable."""
        if self._companies is None:
            return True
        with self._database.reading(tenant_id) as session:
            return lists_tenant(session, tenant_id, self._companies)

    def require(self, tenant_id: int) -> None:
        """Raise OutsideStaging unless the Pipedrive of a tenant may be changed, or DatabaseUnavailable."""
        if not self.allows(tenant_id):
            raise outside_staging()

    def require_company(self, company_id: str, domain: str | None) -> None:
        """Raise OutsideStaging unless a company may be connected."""
        if self._companies is not None and not is_listed(self._companies, company_id, domain):
            raise outside_staging()
