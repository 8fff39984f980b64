"""Access tokens: refreshed once by concurrent callers, and never lost."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from jobs.to_pipedrive.http import PipedriveWire
from jobs.to_pipedrive.oauth import Granted, NeedsReauth, NotConnected
from jobs.to_pipedrive.tokens import Tokens
from models.clock import now
from models.database.engine import Database
from models.errors import TemporaryFailure
from models.security.vault import Vault, associated_data
from models.tables.connections import PersonalConnection
from tests.conftest import TwoTenants
from tests.crm import connect, connect_person, settings_for
from tests.jobs.to_pipedrive.grants import add_admin, change, notices_of, person_of, row_of
from web.playground.pipedrive.server import FakePipedrive

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def fake_pipedrive() -> Iterator[FakePipedrive]:
    with FakePipedrive() as pipedrive:
        pipedrive.oauth.rotate = True
        yield pipedrive


@pytest.fixture
def tokens(
    database: Database, vault: Vault, fake_pipedrive: FakePipedrive, tmp_path: Path
) -> Iterator[Tokens]:
    wire = PipedriveWire()
    yield Tokens(database, vault, settings_for(fake_pipedrive.url, tmp_path), wire)
    wire.close()


@pytest.fixture
def connected(
    database: Database, vault: Vault, fake_pipedrive: FakePipedrive, tenants: TwoTenants
) -> TwoTenants:
    """Both tenants, each with a refresh token of its own."""
    for tenant_id in tenants:
        connect(database, vault, tenant_id, fake_pipedrive.oauth.grant(1)["refresh_token"])
    fake_pipedrive.oauth.forget_access()
    return tenants


def test_the_first_token_is_fetched_stored_closed_and_used_again(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, database: Database, vault: Vault
) -> None:
    token, base = tokens.access_token(connected.ours)
    again, _ = tokens.access_token(connected.ours)
    row = row_of(database, connected.ours)

    assert fake_pipedrive.oauth.user_of(token) == 1
    assert again == token
    assert base == fake_pipedrive.url
    assert fake_pipedrive.oauth.refreshes == 1
    assert row.access_token is not None
    assert token not in row.access_token
    where = associated_data(connected.ours, "connections", "access_token", connected.ours)
    assert vault.open(row.access_token, where) == token
    assert row.refresh_lease_until is None
    assert row.expires_at is not None
    assert timedelta(minutes=55) < row.expires_at - now() < timedelta(hours=1)


def test_two_tenants_have_tokens_of_their_own(tokens: Tokens, connected: TwoTenants) -> None:
    assert tokens.access_token(connected.ours) != tokens.access_token(connected.theirs)


def test_a_rotated_refresh_token_is_good_for_the_next_exchange(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, database: Database
) -> None:
    first, _ = tokens.access_token(connected.ours)
    change(database, connected.ours, expires_at=now() + timedelta(seconds=59))
    second, _ = tokens.access_token(connected.ours)

    assert second != first
    assert fake_pipedrive.oauth.user_of(second) == 1


def test_a_token_pipedrive_refused_is_not_given_again(tokens: Tokens, connected: TwoTenants) -> None:
    first, _ = tokens.access_token(connected.ours)
    second, _ = tokens.access_token(connected.ours, refused=first)
    third, _ = tokens.access_token(connected.ours, refused=first)

    assert second != first
    assert third == second


def test_when_a_token_was_last_renewed_is_known(
    tokens: Tokens, connected: TwoTenants, database: Database
) -> None:
    tokens.access_token(connected.ours)
    refreshed_at = row_of(database, connected.ours).refreshed_at

    assert refreshed_at is not None
    assert timedelta(0) <= now() - refreshed_at < timedelta(minutes=1)
    assert row_of(database, connected.theirs).refreshed_at is None


@pytest.mark.parametrize("skew_s", [-600.0, 600.0], ids=["behind", "ahead"])
def test_a_clock_of_pipedrives_that_is_ten_minutes_off_does_no_harm(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, skew_s: float
) -> None:
    fake_pipedrive.oauth.skew_s = skew_s
    token, _ = tokens.access_token(connected.ours)

    assert fake_pipedrive.oauth.user_of(token) == 1
    assert tokens.access_token(connected.ours)[0] == token
    assert fake_pipedrive.oauth.refreshes == 1


def test_a_token_that_lives_less_than_the_margin_is_used_once(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.playground.pipedrive.oauth.ACCESS_LIFETIME_S", 5)
    token, _ = tokens.access_token(connected.ours)

    assert fake_pipedrive.oauth.user_of(token) == 1
    assert fake_pipedrive.oauth.refreshes == 1


def test_a_tenant_without_a_connection_is_not_connected(tokens: Tokens, tenants: TwoTenants) -> None:
    with pytest.raises(NotConnected):
        tokens.access_token(tenants.ours)


@pytest.mark.parametrize(
    ("state", "trouble"), [("none", NotConnected), ("revoked", NeedsReauth), ("needs_reauth", NeedsReauth)]
)
def test_a_connection_without_tokens_is_not_asked_for(
    *,
    tokens: Tokens,
    tenants: TwoTenants,
    database: Database,
    vault: Vault,
    fake_pipedrive: FakePipedrive,
    state: str,
    trouble: type[Exception],
) -> None:
    connect(database, vault, tenants.ours, None, state=state)
    with pytest.raises(trouble):
        tokens.access_token(tenants.ours)
    assert fake_pipedrive.requests == []


def test_a_person_has_a_token_of_their_own(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, database: Database, vault: Vault
) -> None:
    person = connect_person(database, vault, connected.ours, fake_pipedrive.oauth.grant(2)["refresh_token"])
    own, base = tokens.access_token(connected.ours, user_id=person)
    shared, _ = tokens.access_token(connected.ours)
    row = person_of(database, connected.ours)

    assert [fake_pipedrive.oauth.user_of(token) for token in (own, shared)] == [2, 1]
    assert base == fake_pipedrive.url
    assert row.access_token is not None
    where = associated_data(connected.ours, "personal_connections", "access_token", person)
    assert vault.open(row.access_token, where) == own
    assert row.refreshed_at is not None
    assert tokens.access_token(connected.ours, refused=own, user_id=person)[0] != own


def test_a_person_whose_grant_ends_is_the_only_one_who_connects_anew(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, database: Database, vault: Vault
) -> None:
    add_admin(database, connected.ours)
    person = connect_person(database, vault, connected.ours, "unknown there")
    with pytest.raises(NeedsReauth) as told:
        tokens.access_token(connected.ours, user_id=person)
    with pytest.raises(NeedsReauth):
        tokens.access_token(connected.ours, user_id=person)

    asked = [path for _, path, _ in fake_pipedrive.requests if path == "/oauth/token"]
    assert len(asked) == 1
    assert "your own connection" in told.value.user_message
    assert person_of(database, connected.ours).state == "needs_reauth"
    assert row_of(database, connected.ours).state == "connected"
    assert notices_of(database, connected.ours) == []


def test_who_connected_the_team_acts_with_its_token_until_another_one_connects(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, database: Database, vault: Vault
) -> None:
    person = connect_person(database, vault, connected.ours, "unused", pipedrive_user_id="1")
    with database.writing(connected.ours) as session:
        session.scalars(select(PersonalConnection)).one().refresh_token = None
    change(database, connected.ours, user_id="1")
    own, _ = tokens.access_token(connected.ours, user_id=person)
    assert own == tokens.access_token(connected.ours)[0]
    change(database, connected.ours, user_id="2")
    with pytest.raises(NotConnected):
        tokens.access_token(connected.ours, user_id=person)


def test_a_person_of_another_tenant_has_no_token_here(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, database: Database, vault: Vault
) -> None:
    refresh_token = fake_pipedrive.oauth.grant(2)["refresh_token"]
    theirs = connect_person(database, vault, connected.theirs, refresh_token)
    with pytest.raises(NotConnected) as told:
        tokens.access_token(connected.ours, user_id=theirs)
    assert not isinstance(told.value, NeedsReauth)
    assert "your own" in told.value.user_message


def test_a_grant_of_a_callback_is_kept_closed(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, database: Database, vault: Vault
) -> None:
    person = connect_person(database, vault, connected.ours, "old")
    granted = Granted("access", "refresh", now() + timedelta(hours=1), fake_pipedrive.url)
    change(database, connected.ours, **tokens.closed(connected.ours, granted))
    with database.writing(connected.ours) as session:
        row = session.scalars(select(PersonalConnection)).one()
        for name, value in tokens.closed_personal(connected.ours, person, granted).items():
            setattr(row, name, value)

    for user_id in (None, person):
        assert tokens.access_token(connected.ours, user_id=user_id) == ("access", fake_pipedrive.url)
        assert tokens.refresh_token(connected.ours, user_id=user_id) == "refresh"


def test_where_nothing_was_granted_there_is_nothing_to_revoke(
    tokens: Tokens, tenants: TwoTenants, database: Database, vault: Vault
) -> None:
    assert tokens.refresh_token(tenants.ours) is None
    connect(database, vault, tenants.ours, None)
    assert tokens.refresh_token(tenants.ours) is None


def test_a_lease_of_a_dead_refresher_runs_out(
    tokens: Tokens, connected: TwoTenants, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.to_pipedrive.tokens.WAIT_S", 0.2)
    change(database, connected.ours, refresh_lease_until=now() + timedelta(seconds=30))
    with pytest.raises(TemporaryFailure):
        tokens.access_token(connected.ours)
    change(database, connected.ours, refresh_lease_until=now() - timedelta(seconds=1))

    assert tokens.access_token(connected.ours)[0]


def test_a_connection_made_anew_during_a_refresh_stays(
    tokens: Tokens,
    connected: TwoTenants,
    fake_pipedrive: FakePipedrive,
    database: Database,
    vault: Vault,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    anew = fake_pipedrive.oauth.grant(2)
    refresh = tokens._oauth.refresh

    def while_a_person_connects(refresh_token: str) -> object:
        granted = refresh(refresh_token)
        closed = {
            name: vault.close(
                anew[name], associated_data(connected.ours, "connections", name, connected.ours)
            )
            for name in ("access_token", "refresh_token")
        }
        ends = now() + timedelta(hours=1)
        change(database, connected.ours, **closed, refresh_lease_until=None, expires_at=ends)
        return granted

    monkeypatch.setattr(tokens._oauth, "refresh", while_a_person_connects)

    assert tokens.access_token(connected.ours)[0] == anew["access_token"]
