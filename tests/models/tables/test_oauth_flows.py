"""OAuth flows: a state exists once, and goes with the tenant it is for."""

from __future__ import annotations

from datetime import timedelta

from models.clock import now
from models.database.engine import Database
from models.tables import OAuthFlow, Tenant
from models.tables.accounts import CONNECT
from tests.conftest import TwoTenants
from tests.models.rows import add, count, refused, remove


def _flow(state_hash: str, **columns: object) -> OAuthFlow:
    usual = {"purpose": CONNECT, "browser_hash": "b", "secret": "closed", "expires_at": now() + timedelta(1)}
    return OAuthFlow(state_hash=state_hash, **(usual | columns))


def test_a_state_is_used_for_one_flow(database: Database) -> None:
    add(database, _flow("s"))
    refused(database, _flow("s"))


def test_a_tenant_that_goes_takes_its_consents_along(database: Database, tenants: TwoTenants) -> None:
    add(database, _flow("s", tenant_id=tenants.ours), _flow("t", tenant_id=tenants.theirs), _flow("u"))
    remove(database, Tenant(id=tenants.ours))
    assert count(database, OAuthFlow) == 2
