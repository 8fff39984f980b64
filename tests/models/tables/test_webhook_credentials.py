"""Webhook credentials: two may share a key while a password is changed, and none lies in the clear."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, text

from models.database.engine import Database
from models.security.vault import Vault
from models.tables import WebhookCredential
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import count
from tests.web.door import give_credential


def test_an_old_and_a_new_password_share_a_key_for_a_while(
    database: Database, tenants: TwoTenants, vault: Vault
) -> None:
    until = NOON + timedelta(hours=1)
    give_credential(database, vault, tenants.ours, "k-acme", "old", expires_at=until)
    give_credential(database, vault, tenants.ours, "k-acme", "new")

    with database.reading(tenants.ours) as session:
        ends = session.scalars(
            select(WebhookCredential.expires_at)
            .where(WebhookCredential.tenant_id == tenants.ours)
            .order_by(WebhookCredential.id)
        ).all()
    assert ends == [until, None]


def test_the_raw_columns_never_hold_the_password(
    database: Database, tenants: TwoTenants, vault: Vault
) -> None:
    give_credential(database, vault, tenants.ours, "k-acme", "s3cret of Acme")
    with database.reading_all() as session:
        row = session.execute(text("SELECT * FROM webhook_credentials")).mappings().one()
    assert "s3cret" not in repr(dict(row))
    assert row["password"].startswith("v1:")


def test_one_password_closed_twice_looks_different(
    database: Database, tenants: TwoTenants, vault: Vault
) -> None:
    for key in ("k-one", "k-two"):
        give_credential(database, vault, tenants.ours, key, "same")
    with database.reading_all() as session:
        closed = set(session.execute(text("SELECT password FROM webhook_credentials")).scalars())
    assert len(closed) == count(database, WebhookCredential) == 2
