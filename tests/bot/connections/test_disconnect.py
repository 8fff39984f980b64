"""Disconnecting: only by an admin, confirmed, audited, and of one tenant only."""

from __future__ import annotations

import pytest
from sqlalchemy import delete, select, update

from models.database.engine import Database
from models.tables import Connection, PersonalConnection, User, WebhookCredential
from tests.chat import ADA, CLEO, EVE, Chat, add_sales_rep, audit_of


def _states(database: Database) -> dict[int, str]:
    with database.reading_all() as session:
        return dict(session.execute(select(Connection.tenant_id, Connection.state)).all())


def test_an_admin_ends_the_connection_of_their_own_tenant(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    asked = chat.say("disconnect")
    assert _states(database) == dict.fromkeys(tenants, "connected")
    done = chat.click(**asked.buttons()["Disconnect"])
    assert done.title == "Pipedrive is being disconnected"
    assert _states(database) == {tenants[0]: "leaving", tenants[1]: "connected"}
    assert audit_of(database, tenants[0]) == [(ADA["email"], "connection.left", "Pipedrive")]
    assert chat.click(**done.buttons()["Connect again"]).title == "Pipedrive is being disconnected"


@pytest.mark.parametrize("user", [CLEO, EVE])
def test_nobody_else_ends_it_whatever_they_press(
    chat: Chat, database: Database, tenants: tuple[int, int], user: dict[str, str]
) -> None:
    add_sales_rep(database, tenants[0])
    chat.user = user
    assert chat.say("disconnect").has("Please ask ada@acme.test.")
    assert chat.click("connection.leave").has("Please ask ada@acme.test.")
    assert _states(database) == dict.fromkeys(tenants, "connected")


def test_it_names_those_who_lose_their_own_connection(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        ada = session.scalars(select(User).where(User.email == ADA["email"])).one()
        own = {"user_id": ada.id, "pipedrive_user_id": "7"}
        session.add(PersonalConnection(tenant_id=tenants[0], **own))
    assert chat.say("disconnect").has("1 person has to connect")


@pytest.mark.parametrize("state", ["none", "revoked", None])
def test_where_nothing_is_connected_nothing_ends(
    chat: Chat, database: Database, tenants: tuple[int, int], state: str | None
) -> None:
    with database.writing_all() as session:
        mine = Connection.tenant_id == tenants[0]
        changed = (
            update(Connection).where(mine).values(state=state) if state else delete(Connection).where(mine)
        )
        session.execute(changed)
    assert chat.say("disconnect").has("nothing to disconnect")


def test_a_webhook_made_by_hand_is_let_in_no_more(
    chat: Chat, database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing_all() as session:
        session.execute(delete(Connection).where(Connection.tenant_id == tenants[0]))
        for each in tenants:
            session.add(WebhookCredential(tenant_id=each, key=f"k{each}", user_name="u", password="p"))
    assert chat.click("connection.leave").title == "Pipedrive is being disconnected"
    with database.reading_all() as session:
        assert session.scalars(select(WebhookCredential.tenant_id)).all() == [tenants[1]]
