"""Queries about connections of one tenant only."""

import pytest

from models.connections import queries
from models.database.engine import Database
from models.tables import Connection, ConnectionState, PersonalConnection, User, WebhookCredential
from tests.chat import two_tenants
from tests.models.rows import add


@pytest.fixture
def tenants(database: Database) -> tuple[int, int]:
    return two_tenants(database)


@pytest.mark.parametrize(
    ("state", "by_hand", "gets_events", "manual"),
    [
        (ConnectionState.CONNECTED, False, True, False),
        (ConnectionState.REVOKED, False, False, False),
        (ConnectionState.NONE, True, True, True),
    ],
)
def test_events_come_by_oauth_or_by_a_webhook_made_by_hand(
    database: Database,
    tenants: tuple[int, int],
    state: ConnectionState,
    *,
    by_hand: bool,
    gets_events: bool,
    manual: bool,
) -> None:
    with database.writing(tenants[0]) as session:
        session.query(Connection).one().state = state
    if by_hand:
        add(database, WebhookCredential(tenant_id=tenants[0], key="k", user_name="pd", password="closed"))

    with database.reading(tenants[0]) as session:
        assert queries.gets_events(session, tenants[0]) is gets_events
        assert queries.has_manual_webhook(session, tenants[0]) is manual


def test_users_are_counted_with_those_who_are_matched_or_connected(
    database: Database, tenants: tuple[int, int]
) -> None:
    with database.writing(tenants[0]) as session:
        ada = session.query(User).one()
        ada.pipedrive_user_id = "11"
        session.add(PersonalConnection(tenant_id=tenants[0], user_id=ada.id, pipedrive_user_id="11"))

    for tenant_id, matched, connected in ((tenants[0], 1, 1), (tenants[1], 0, 0)):
        with database.reading(tenant_id) as session:
            assert queries.count_matched_users(session, tenant_id) == (1, matched)
            assert queries.count_personal(session, tenant_id) == connected
    with database.reading(tenants[0]) as session:
        assert queries.personal_state(session, tenants[0], ada.id) == ConnectionState.CONNECTED
        assert queries.personal_state(session, tenants[0], ada.id + 1) is None
