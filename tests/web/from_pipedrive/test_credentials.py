"""The accepted credentials of a key: two during rotation, and never another tenant's."""

from __future__ import annotations

import time
from datetime import timedelta
from unittest.mock import Mock

import pytest
from sqlalchemy import update

from models.clock import now
from models.connections.webhooks import add_credential, retire
from models.database.engine import Database
from models.errors import DatabaseUnavailable
from models.security.vault import Vault
from models.tables import WebhookCredential
from tests.conftest import TwoTenants
from tests.engine import company
from tests.web.door import PASSWORD, give_credential
from tests.web.rsgi import run
from web.from_pipedrive.credentials import Credentials, Given, WebhookSender

FRESH_S = 0.3


def _asks(credentials: Credentials, key: str, password: str, user: str = "pd") -> WebhookSender | None:
    given = Given(key, user.encode(), password.encode(), key_is_user=False)
    return credentials.kept(given) or run(credentials.look_up(given))


@pytest.mark.parametrize("password", [PASSWORD, "x" * 500, "a:b:c", " ", "\U0001f511"])
def test_the_right_password_is_its_tenants(
    database: Database, vault: Vault, tenants: TwoTenants, password: str
) -> None:
    give_credential(database, vault, tenants.ours, "k", password)
    company(database, tenants.ours, "12345")
    credentials = Credentials(database, vault, FRESH_S)

    assert _asks(credentials, "k", password) == WebhookSender(tenants.ours, "12345")
    assert _asks(credentials, "k", password + "x") is None
    assert _asks(credentials, "K", password) is None
    by_name = Given("k", b"", password.encode(), key_is_user=True)
    assert credentials.kept(by_name) == WebhookSender(tenants.ours, "12345")


def test_two_are_valid_while_one_is_rotated(database: Database, vault: Vault, tenants: TwoTenants) -> None:
    soon, past = now() + timedelta(minutes=5), now() - timedelta(seconds=1)
    give_credential(database, vault, tenants.ours, "k", "old", expires_at=soon)
    give_credential(database, vault, tenants.ours, "k", "older", expires_at=past)
    give_credential(database, vault, tenants.ours, "k", "new")
    credentials = Credentials(database, vault, FRESH_S)

    said = [_asks(credentials, "k", password) is not None for password in ("old", "new", "older")]

    assert said == [True, True, False]


def test_a_change_holds_once_the_credentials_are_no_longer_fresh(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    give_credential(database, vault, tenants.ours, "k")
    credentials = Credentials(database, vault, FRESH_S)
    assert _asks(credentials, "k", PASSWORD)
    with database.writing(tenants.ours) as session:
        mine = update(WebhookCredential).where(WebhookCredential.tenant_id == tenants.ours)
        session.execute(mine.values(expires_at=now()))

    time.sleep(FRESH_S + 0.05)
    assert _asks(credentials, "k", PASSWORD) is None


def test_a_secret_that_does_not_open_is_nobody(database: Database, vault: Vault, tenants: TwoTenants) -> None:
    give_credential(database, vault, tenants.ours, "k")
    give_credential(database, vault, tenants.theirs, "fine")
    with database.writing(tenants.ours) as session:
        mine = update(WebhookCredential).where(WebhookCredential.tenant_id == tenants.ours)
        session.execute(mine.values(password="v1:gone:AAAA"))
    credentials = Credentials(database, vault, FRESH_S)

    assert _asks(credentials, "k", PASSWORD) is None
    assert _asks(credentials, "fine", PASSWORD) == WebhookSender(tenants.theirs, None)


def test_the_door_knows_when_two_webhooks_of_ours_may_tell_of_one_change(
    database: Database, vault: Vault, tenants: TwoTenants
) -> None:
    for tenant_id in tenants:
        with database.writing(tenant_id) as session:
            old = add_credential(session, vault, tenant_id)
        if tenant_id == tenants.theirs:
            give_credential(database, vault, tenant_id, "k")
            continue
        with database.writing(tenant_id) as session:
            new = add_credential(session, vault, tenant_id)
            retire(session, tenant_id, {new.key}, now())
        for each in (old, new):
            sender = _asks(Credentials(database, vault, FRESH_S), each.key, each.password, each.user)
            assert sender == WebhookSender(tenant_id, None, has_duplicates=True)
    assert _asks(Credentials(database, vault, FRESH_S), "k", PASSWORD) == WebhookSender(tenants.theirs, None)


@pytest.mark.parametrize("broken", [DatabaseUnavailable("away"), RuntimeError("nobody foresaw this")])
def test_whatever_goes_wrong_once_the_next_look_may_go_well(
    broken: Exception,
    database: Database,
    vault: Vault,
    tenants: TwoTenants,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    give_credential(database, vault, tenants.ours, "k")
    credentials = Credentials(database, vault, FRESH_S)
    assert _asks(credentials, "k", PASSWORD)

    with monkeypatch.context() as trouble:
        trouble.setattr("web.from_pipedrive.credentials.Credentials._read", Mock(side_effect=broken))
        credentials.refresh()

    credentials.refresh()
    assert _asks(credentials, "k", PASSWORD)
