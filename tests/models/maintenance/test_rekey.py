"""After a rotation every secret of every tenant needs only the new key; a repeat changes nothing."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from models.database.engine import Database
from models.errors import SecretUnreadable
from models.maintenance.rekey import rekey_secrets, summary_line
from models.security.contents import is_text
from models.security.keys import KeyRing
from models.security.vault import Vault, associated_data
from models.tables import (
    Connection,
    Destination,
    Event,
    IntakeSubmission,
    PersonalConnection,
    User,
    WebhookCredential,
)
from models.tables.base import Base
from models.tables.types.encrypted import ContentKeys, as_stored, needs_only
from tests.conftest import TwoTenants
from tests.models.maintenance.encrypting import encrypt, give_keys
from tests.models.maintenance.test_nothing_is_left import dump, fill, lines_with
from tests.models.rows import add, destination

OLD, NEW = bytes(32), bytes([1]) * 32
BEFORE = Vault(KeyRing({"old": OLD}))
ROTATED = Vault(KeyRing({"new": NEW, "old": OLD}))
TOKENS = ("connections", "personal_connections")
AFTER = Vault(KeyRing({"new": NEW}))


def secrets_of(tenant_id: int, by: Vault = BEFORE) -> list[Base]:
    """One row of each table with secrets, and a destination whose address is none."""

    def closed(table: str, column: str, row: str | int) -> str:
        return by.close(f"{table} {column} of {tenant_id}", associated_data(tenant_id, table, column, row))

    connection = Connection(tenant_id=tenant_id, company_id=f"c{tenant_id}")
    connection.access_token = closed("connections", "access_token", tenant_id)
    connection.refresh_token = closed("connections", "refresh_token", tenant_id)
    password = closed("webhook_credentials", "password", "k")
    credential = WebhookCredential(tenant_id=tenant_id, key="k", user_name="pd", password=password)
    person = User(id=tenant_id * 10, tenant_id=tenant_id, email="ada@example.com")
    own = PersonalConnection(tenant_id=tenant_id, user_id=person.id, pipedrive_user_id="7")
    own.access_token = closed("personal_connections", "access_token", person.id)
    own.refresh_token = closed("personal_connections", "refresh_token", person.id)
    uid = f"uid{tenant_id}"
    wall = destination(
        tenant_id, kind="chat_webhook", uid=uid, address=closed("destinations", "address", uid)
    )
    return [connection, person, own, credential, wall, destination(tenant_id, "Ada")]


def opened(database: Database, vault: Vault, tenant_id: int) -> list[str]:
    with database.reading(tenant_id) as session:
        held = session.scalars(select(Connection)).one()
        key = session.scalars(select(WebhookCredential)).one()
        wall = session.scalars(select(Destination).where(Destination.kind == "chat_webhook")).one()
        own = session.scalars(select(PersonalConnection)).one()
    return [
        vault.open(
            own.access_token or "",
            associated_data(tenant_id, "personal_connections", "access_token", own.user_id),
        ),
        vault.open(
            own.refresh_token or "",
            associated_data(tenant_id, "personal_connections", "refresh_token", own.user_id),
        ),
        vault.open(
            held.access_token or "", associated_data(tenant_id, "connections", "access_token", tenant_id)
        ),
        vault.open(
            held.refresh_token or "", associated_data(tenant_id, "connections", "refresh_token", tenant_id)
        ),
        vault.open(key.password, associated_data(tenant_id, "webhook_credentials", "password", "k")),
        vault.open(wall.address, associated_data(tenant_id, "destinations", "address", wall.uid)),
    ]


@pytest.mark.parametrize("batch", [1, 100])
def test_all_secrets_of_all_tenants_open_with_the_new_key_alone(
    database: Database, tenants: TwoTenants, batch: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("models.maintenance.rekey.BATCH", batch)
    for tenant_id in tenants:
        add(database, *secrets_of(tenant_id))
    before = [opened(database, BEFORE, tenant_id) for tenant_id in tenants]

    done = rekey_secrets(database, ROTATED)

    assert (done.anew.total(), done.as_they_were.total(), done.unreadable) == (12, 0, [])
    assert [opened(database, AFTER, tenant_id) for tenant_id in tenants] == before
    with database.reading(tenants.ours) as session:
        ada = session.scalars(select(Destination).where(Destination.name == "Ada")).one()
    assert ada.address == "ada@example.com"


def test_a_second_run_writes_nothing(database: Database, tenants: TwoTenants) -> None:
    add(database, *secrets_of(tenants.ours))
    first = rekey_secrets(database, ROTATED)
    assert summary_line(first).startswith("6 secrets closed anew (connections.access_token 1, ")
    with database.reading(tenants.ours) as session:
        kept = session.scalars(select(WebhookCredential.password)).one()

    assert summary_line(rekey_secrets(database, ROTATED)) == "0 secrets closed anew, 6 had the newest key"

    with database.reading(tenants.ours) as session:
        assert session.scalars(select(WebhookCredential.password)).one() == kept


@pytest.mark.parametrize("lost", [KeyRing({"lost": b"x" * 32}), KeyRing({"old": b"x" * 32})])
def test_what_no_key_opens_is_named_and_the_others_go_on(
    database: Database, tenants: TwoTenants, lost: KeyRing
) -> None:
    add(database, *secrets_of(tenants.ours, Vault(lost)))
    add(database, *secrets_of(tenants.theirs))

    done = rekey_secrets(database, ROTATED)

    assert done.anew.total() == 6
    named = [line.partition(", row")[0] for line in done.unreadable]
    tokens = [f"{table}.{name}_token" for table in TOKENS for name in ("access", "refresh")]
    others = ["webhook_credentials.password", "destinations.address"]
    assert named == [f"{column} of Acme" for column in (*tokens, *others)]
    assert len(opened(database, AFTER, tenants.theirs)) == 6
    with pytest.raises(SecretUnreadable):
        opened(database, ROTATED, tenants.ours)
    assert opened(database, Vault(lost), tenants.ours)[2] == f"connections access_token of {tenants.ours}"


def test_contact_details_need_only_the_new_key_too(database: Database, tenants: TwoTenants) -> None:
    give_keys(database, {"old": OLD})
    for tenant_id in tenants:
        fill(database, tenant_id, f"marker{tenant_id}")
    encrypt(database, tenants.ours)
    give_keys(database, {"new": NEW, "old": OLD})
    done = rekey_secrets(database, ROTATED)
    assert done.anew["events"] == 1
    assert [each for each in done.unreadable if "contents" in each] == []
    newest = ContentKeys({"new": NEW}).ids[0]
    with database.reading(tenants.ours) as session:
        found = session.scalars(
            select(as_stored(Event.__table__.c.raw)).where(Event.tenant_id == tenants.ours)
        ).all()
        same = is_text(IntakeSubmission, "email", tenants.ours, f"ada@marker{tenants.ours}.example")
        assert len(session.scalars(select(IntakeSubmission).where(same)).all()) == 1
    assert [needs_only(each.decode(), newest) for each in found] == [True]
    assert rekey_secrets(database, ROTATED).anew["events"] == 0


def test_contents_whose_key_is_lost_are_reported_and_stay(
    database: Database, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    give_keys(database, {"old": OLD})
    fill(database, tenants.ours, "marker")
    encrypt(database, tenants.ours)
    monkeypatch.setattr("models.tables.types.encrypted._KEYS", {})
    give_keys(database, {"new": NEW})
    before = lines_with(dump(database), "events:")
    lost = [each for each in rekey_secrets(database, AFTER).unreadable if "contents" in each]
    assert "events of Acme: no key at hand opens contents of 1 row" in lost
    assert lines_with(dump(database), "events:") == before
