"""Who adds mail addresses and outgoing webhooks, and who is told of it."""

from __future__ import annotations

import base64

import pytest
from sqlalchemy import select

from models.accounts.actor import Actor
from models.database.engine import Database
from models.deliveries import actions
from models.destinations.outside import OutgoingWebhook, webhook_of
from models.errors import InvalidRequest, NotAllowed
from models.security.vault import Vault
from models.tables import Delivery, Role, User
from tests.chat import audit_of
from tests.conftest import TwoTenants

SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
WEBHOOK = OutgoingWebhook("https://erp.example/hook", SECRET)


def acting(tenant_id: int, role: Role = Role.ADMIN) -> Actor:
    return Actor("ada@acme.test", tenant_id, role=role, is_certain=True)


@pytest.fixture
def ours(database: Database, tenants: TwoTenants) -> int:
    with database.writing(tenants.ours) as session:
        for email, role in (("ada@acme.test", Role.ADMIN), ("ben@acme.test", Role.SALES_REP)):
            user = User(tenant_id=tenants.ours, email=email, role=role, chat_name=f"users/{email[:3]}")
            session.add(user)
    return tenants.ours


def notices(database: Database, tenant_id: int) -> list[str]:
    with database.reading(tenant_id) as session:
        query = select(Delivery.notice).where(Delivery.tenant_id == tenant_id, Delivery.notice.is_not(None))
        return [str(each["words"]) for each in session.scalars(query.order_by(Delivery.id)) if each]


def test_a_manager_adds_addresses_of_the_team_alone(database: Database, ours: int) -> None:
    manager = acting(ours, Role.MANAGER)
    with database.writing(ours) as session:
        made = actions.add_email_and_notify(session, manager, "Ben", "Ben@acme.test")
        with pytest.raises(NotAllowed):
            actions.add_email_and_notify(session, manager, "Board", "board@example.com")
        with pytest.raises(NotAllowed):
            actions.readdress_and_notify(session, manager, Vault.__new__(Vault), made, "b@example.com")

    assert made.address == "ben@acme.test"
    assert notices(database, ours) == []


def test_admins_hear_of_an_address_of_nobody_in_the_team(database: Database, ours: int, vault: Vault) -> None:
    with database.writing(ours) as session:
        made = actions.add_email_and_notify(session, acting(ours), "Board", "board@example.com")
        actions.readdress_and_notify(session, acting(ours), vault, made, "chair@example.com")
        actions.readdress_and_notify(session, acting(ours), vault, made, "ben@acme.test")

    first, second = notices(database, ours)
    assert first.startswith("ada@acme.test added the e-mail address board@example.com.")
    assert second.startswith("ada@acme.test gave it a new e-mail address.")
    assert len(audit_of(database, ours)) == 3


def test_admins_hear_of_an_outgoing_webhook_and_of_its_new_secret(
    database: Database, ours: int, vault: Vault
) -> None:
    with database.writing(ours) as session:
        made = actions.add_outgoing_webhook_and_notify(session, acting(ours), vault, "ERP", WEBHOOK)
        actions.readdress_and_notify(session, acting(ours), vault, made, "", SECRET)
        with pytest.raises(InvalidRequest):
            actions.readdress_and_notify(session, acting(ours), vault, made, "", "weak")
        assert webhook_of(vault, made) == WEBHOOK

    assert ["webhook" in words or "secret" in words for words in notices(database, ours)] == [True, True]


@pytest.mark.parametrize("role", [Role.SALES_REP, Role.ANALYST, Role.VIEWER])
def test_nobody_else_adds_any(database: Database, ours: int, vault: Vault, role: Role) -> None:
    with database.writing(ours) as session:
        with pytest.raises(NotAllowed):
            actions.add_email_and_notify(session, acting(ours, role), "Ben", "ben@acme.test")
        with pytest.raises(NotAllowed):
            actions.add_outgoing_webhook_and_notify(session, acting(ours, role), vault, "ERP", WEBHOOK)
