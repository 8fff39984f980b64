"""Actions on connections, each audited once."""

import pytest

from models.accounts.actor import Actor
from models.connections import actions
from models.connections.queries import get_connection
from models.database.engine import Database
from models.tables import ConnectionState, Role, User, WebhookCredential
from tests.chat import audit_of, two_tenants


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    return two_tenants(database)


def acting(tenant_id: int) -> Actor:
    return Actor("ada@acme.test", tenant_id, role=Role.ADMIN, is_certain=True)


def test_disconnecting_begins_and_touches_no_other_tenant(
    database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing(tenants[0]) as session:
        assert actions.disconnect(session, acting(tenants[0]))

    for tenant_id, state in zip(tenants, (ConnectionState.LEAVING, ConnectionState.CONNECTED), strict=True):
        with database.reading(tenant_id) as session:
            connection = get_connection(session, tenant_id)
            assert connection is not None
            assert connection.state == state
    assert [entry[1:] for entry in audit_of(database, tenants[0])] == [("connection.left", "Pipedrive")]


@pytest.mark.parametrize("by_hand", [True, False])
def test_without_a_connection_only_a_webhook_made_by_hand_ends(
    database: Database, tenants: tuple[int, int], *, by_hand: bool
) -> None:
    with database.writing(tenants[0]) as session:
        connection = get_connection(session, tenants[0])
        assert connection is not None
        connection.state = ConnectionState.REVOKED
        if by_hand:
            session.add(WebhookCredential(tenant_id=tenants[0], key="k", user_name="pd", password="closed"))
        session.flush()
        assert not actions.disconnect(session, acting(tenants[0]))
        assert session.query(WebhookCredential).count() == 0

    assert len(audit_of(database, tenants[0])) == int(by_hand)


def test_rotating_and_matching_are_written_down(database: Database, tenants: tuple[int, int]) -> None:
    with database.writing(tenants[0]) as session:
        actions.rotate_webhooks(session, acting(tenants[0]))
        user = session.query(User).one()
        actions.match_user(session, acting(tenants[0]), user.id, "")
        assert user.is_matched_by_hand
        actions.match_user(session, acting(tenants[0]), user.id, None)
        assert not user.is_matched_by_hand

    actions_done = [action for _, action, _ in audit_of(database, tenants[0])]
    assert actions_done == ["webhooks.rotated", "user.matched", "user.matched"]
