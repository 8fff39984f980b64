"""A tenant's connection with a simulated Pipedrive, for tests."""

import base64
from pathlib import Path
from typing import Any

from models.connections.names import known_names
from models.database.engine import Database
from models.pipedrive.names import Names
from models.security.vault import Vault, associated_data
from models.settings import Settings, from_env
from models.tables.accounts import Tenant, User
from models.tables.connections import Connection, PersonalConnection

KEY = base64.b64encode(bytes(range(32))).decode()  # the key of the fixture `vault`


def environment(origin: str, data: Path) -> dict[str, str]:
    """Variables of a process that only knows a Pipedrive at `origin`."""
    return {
        "PIPENOTIFY_DATA": str(data),
        "ENCRYPTION_KEYS": f"test:{KEY}",
        "PIPEDRIVE_OAUTH_URL": origin,
        "PIPEDRIVE_API_URL": origin,
        "PIPEDRIVE_CLIENT_ID": "playground-client",
        "PIPEDRIVE_CLIENT_SECRET": "playground-secret",
    }


def settings_for(origin: str, data: Path, **variables: str) -> Settings:
    return from_env(environment(origin, data) | variables)


def connect(
    database: Database, vault: Vault, tenant_id: int, refresh_token: str | None, **columns: Any
) -> None:
    """Give a tenant a connection that has never had an access token, as after `load`."""
    closed = (
        vault.close(refresh_token, associated_data(tenant_id, "connections", "refresh_token", tenant_id))
        if refresh_token
        else None
    )
    usual = {"company_id": f"company-{tenant_id}", "state": "connected", "refresh_token": closed}
    with database.writing(tenant_id) as session:
        session.add(Connection(tenant_id=tenant_id, **(usual | columns)))


def new_tenant(database: Database) -> int:
    """Create a tenant without a connection; return its id."""
    with database.writing_all() as session:
        tenant = Tenant(name="Initech", monthly_limit=None)
        session.add(tenant)
    return tenant.id


def kept_names(database: Database, tenant_id: int) -> Names:
    """All stored names of a tenant."""
    with database.reading(tenant_id) as session:
        return known_names(session, tenant_id)


def connect_person(
    database: Database, vault: Vault, tenant_id: int, refresh_token: str, **columns: Any
) -> int:
    """Create a user of a tenant with a personal connection; return the id in `users`."""
    with database.writing(tenant_id) as session:
        person = User(tenant_id=tenant_id, email=f"ben@tenant{tenant_id}.example")
        session.add(person)
        session.flush()
        closed = vault.close(
            refresh_token, associated_data(tenant_id, "personal_connections", "refresh_token", person.id)
        )
        usual = {"pipedrive_user_id": "2", "refresh_token": closed}
        session.add(PersonalConnection(tenant_id=tenant_id, user_id=person.id, **(usual | columns)))
        return person.id
