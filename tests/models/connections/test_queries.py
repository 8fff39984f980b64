"""Queries about connections of one tenant only."""

from datetime import timedelta

import pytest

from models.clock import now
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


def test_connections_that_work_are_those_of_the_team_and_of_its_people(
    database: Database, tenants: tuple[int, int]
) -> None:
    for tenant_id, names in zip(tenants, (("ada", "ben", "cy"), ("eve",)), strict=True):
        for number, name in enumerate(names):
            user = User(tenant_id=tenant_id, email=f"{name}@working.test", role="admin")
            add(database, user)
            own = PersonalConnection(tenant_id=tenant_id, user_id=user.id, pipedrive_user_id=str(number))
            own.state = ConnectionState.NEEDS_REAUTH if name == "cy" else ConnectionState.CONNECTED
            add(database, own)
    with database.writing(tenants[0]) as session:
        of_team = session.query(Connection).one()
        of_team.state, of_team.refresh_token, of_team.refreshed_at = (
            ConnectionState.CONNECTED,
            "closed",
            now(),
        )
        session.flush()
        assert queries.count_working(session, tenants[0]) == 3
        of_team.refreshed_at = now() - queries.UNUSED_LIFE - timedelta(days=1)
        session.flush()
        assert queries.count_working(session, tenants[0]) == 2
