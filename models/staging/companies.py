"""The companies of STAGING_COMPANIES: in staging nothing is changed in the Pipedrive of any other.

The settings decide it here, once for each process; use cases ask their session, the client of Pipedrive asks
with what it was made with.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from models.errors import OutsideStaging
from models.languages.translate import marked
from models.tables.connections import Connection

if TYPE_CHECKING:
    from models.database.engine import Database
    from models.settings import Settings

COMPANIES: Final = "staging_companies"  # the key in a session's info
OUTSIDE: Final = marked(
    "This is a staging installation, for tests. Your Pipedrive company is not one of its test companies"
    " (STAGING_COMPANIES), so nothing is changed in Pipedrive."
)


def note_staging_companies(database: Database, settings: Settings) -> None:
    """Let the sessions of a database know which companies may be changed; nothing is carried if all may."""
    if settings.allowed_companies is not None:
        database.carried[COMPANIES] = settings.allowed_companies


def is_listed(allowed: Collection[str], company_id: str | None, domain: str | None) -> bool:
    """Return whether a company is listed, by its id or by its host (`acme.pipedrive.com`)."""
    return company_id in allowed or (domain is not None and domain.lower() in allowed)


def lists_tenant(session: Session, tenant_id: int, allowed: Collection[str]) -> bool:
    """Return whether the company that a tenant is connected with is listed; False without a connection."""
    of_tenant = select(Connection.company_id, Connection.domain).where(Connection.tenant_id == tenant_id)
    row = session.execute(of_tenant).one_or_none()
    return row is not None and is_listed(allowed, row.company_id, row.domain)


def require_listed(session: Session, tenant_id: int) -> None:
    """Raise OutsideStaging in staging unless the tenant's company is listed."""
    allowed = session.info.get(COMPANIES)
    if allowed is not None and not lists_tenant(session, tenant_id, allowed):
        raise outside_staging()


def outside_staging() -> OutsideStaging:
    """Return the error of a change in the Pipedrive of a company that is not listed."""
    return OutsideStaging(
        "the company is not in STAGING_COMPANIES, so nothing was changed", user_message=OUTSIDE
    )
