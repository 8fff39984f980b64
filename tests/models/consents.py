"""Consents for tests: the requester, Pipedrive's `me`, and tenants with and without a company."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from models.connections.company_owner import Requester
from models.database.engine import Database
from models.pipedrive.rest.me import Me
from models.settings import Settings, from_env
from models.tables.accounts import User
from models.tables.connections import Connection
from tests.models.rows import add

ADA: Final = Requester("ada@example.com", "Ada")
ACME: Final = Me(
    user_id="7",
    company_id="12345",
    email="ada@example.com",
    is_admin=True,
    company_name="Acme",
    domain="acme.pipedrive.com",
)
TOKENS: Final[dict[str, Any]] = {
    "access_token": "closed access",
    "refresh_token": "closed refresh",
    "api_domain": "https://acme.pipedrive.com",
    "refresh_lease_until": None,
    "state": "connected",
}


def asked(data: Path, **variables: str) -> Settings:
    """Settings of a process; everybody may sign up unless specified."""
    return from_env({"PIPENOTIFY_DATA": str(data), "BASE_URL": "https://pn.test"} | variables)


def person(
    database: Database, tenant_id: int, email: str = ADA.email, role: str = "admin", **columns: Any
) -> None:
    add(database, User(tenant_id=tenant_id, email=email, role=role, **columns))


def company(database: Database, tenant_id: int, company_id: str = ACME.company_id, **columns: Any) -> None:
    add(database, Connection(tenant_id=tenant_id, company_id=company_id, **columns))
