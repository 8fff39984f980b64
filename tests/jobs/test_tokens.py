"""Access tokens: refreshed once, whoever asks, and never lost."""

import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from jobs.pipedrive_answers import PipedriveRefused
from jobs.to_pipedrive_oauth import AppRefused, Granted, NeedsReauth, NotConnected
from jobs.to_pipedrive_wire import PipedriveWire
from jobs.tokens import PIPEDRIVE_API, Tokens, api_base
from models import token_store
from models.clock import now
from models.connections import Connection
from models.database import Database
from models.deliveries import Delivery
from models.errors import DatabaseUnavailable, Deliverable, NotAllowed, NotFound, RateLimited, Trouble
from models.personal_connections import PersonalConnection
from models.users import User
from models.vault import Vault, place
from tests.conftest import TwoTenants
from tests.crm import connect, connect_person, environment, settings_for
from web.playground.fake_pipedrive import FakePipedrive
from web.playground.faults import Fault

ROOT = Path(__file__).resolve().parents[2]


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


def row_of(database: Database, tenant_id: int) -> Connection:
    with database.reading(tenant_id) as session:
        return session.scalars(select(Connection).where(Connection.tenant_id == tenant_id)).one()


def change(database: Database, tenant_id: int, **columns: object) -> None:
    with database.writing(tenant_id) as session:
        row = session.scalars(select(Connection).where(Connection.tenant_id == tenant_id)).one()
        for name, value in columns.items():
            setattr(row, name, value)


def person_of(database: Database, tenant_id: int) -> PersonalConnection:
    with database.reading(tenant_id) as session:
        return session.scalars(select(PersonalConnection)).one()


def add_admin(database: Database, tenant_id: int) -> None:
    with database.writing(tenant_id) as session:
        admin = User(tenant_id=tenant_id, email=f"ada@tenant{tenant_id}.example", role="admin")
        admin.chat_name = f"users/{tenant_id}"
        session.add(admin)


def notices_of(database: Database, tenant_id: int) -> list[Any]:
    with database.reading(tenant_id) as session:
        return list(session.scalars(select(Delivery.notice).where(Delivery.notice.is_not(None))))


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
    where = place(connected.ours, "connections", "access_token", connected.ours)
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
    monkeypatch.setattr("web.playground.crm_oauth.ACCESS_LIFETIME_S", 5)
    token, _ = tokens.access_token(connected.ours)

    assert fake_pipedrive.oauth.user_of(token) == 1
    assert fake_pipedrive.oauth.refreshes == 1


def test_a_refused_refresh_token_needs_a_person_and_is_not_tried_again(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, database: Database
) -> None:
    fake_pipedrive.oauth.uninstall()
    for _ in range(2):
        with pytest.raises(NeedsReauth):
            tokens.access_token(connected.ours)

    asked = [path for _, path, _ in fake_pipedrive.requests if path == "/oauth/token"]
    assert len(asked) == 1
    assert row_of(database, connected.ours).state == "needs_reauth"
    assert row_of(database, connected.theirs).state == "connected"


def test_the_admins_of_the_tenant_are_told_once_that_a_person_is_needed(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, database: Database
) -> None:
    for tenant_id in connected:
        add_admin(database, tenant_id)
    fake_pipedrive.oauth.uninstall()
    with pytest.raises(NeedsReauth) as told:
        tokens.access_token(connected.ours)
    with pytest.raises(NeedsReauth):
        tokens.access_token(connected.ours)

    [notice] = notices_of(database, connected.ours)
    assert notice["title"] == "Pipedrive has to be connected again"
    assert notice["button"] == "Open the setup page"
    assert notice["url"].endswith("/setup")
    assert "your rules and spaces stay" in notice["words"]
    assert "setup page" in told.value.told
    assert notices_of(database, connected.theirs) == []


def test_nothing_is_ended_unless_it_is_told_as_well(
    tokens: Tokens,
    connected: TwoTenants,
    fake_pipedrive: FakePipedrive,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def cut(*_: object) -> int:
        raise RuntimeError("killed between two lines")

    monkeypatch.setattr("jobs.tokens.tell_admins", cut)
    fake_pipedrive.oauth.uninstall()
    with pytest.raises(RuntimeError):
        tokens.access_token(connected.ours)

    assert row_of(database, connected.ours).state == "connected"


def test_a_connection_that_leaves_still_has_tokens_and_goes_on_leaving(
    tokens: Tokens, connected: TwoTenants, database: Database
) -> None:
    change(database, connected.ours, state="leaving")

    assert tokens.access_token(connected.ours)[0]
    assert row_of(database, connected.ours).state == "leaving"


def test_a_connection_that_leaves_without_pipedrive_is_nobodys_worry(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, database: Database
) -> None:
    add_admin(database, connected.ours)
    change(database, connected.ours, state="leaving")
    fake_pipedrive.oauth.uninstall()
    with pytest.raises(NeedsReauth):
        tokens.access_token(connected.ours)

    row = row_of(database, connected.ours)
    assert (row.state, row.refresh_lease_until) == ("leaving", None)
    assert notices_of(database, connected.ours) == []


def test_a_connection_revoked_during_a_refresh_stays_revoked(
    tokens: Tokens, connected: TwoTenants, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    refresh = tokens._oauth.refresh

    def while_a_person_uninstalls(refresh_token: str) -> object:
        granted = refresh(refresh_token)
        change(database, connected.ours, state="revoked", access_token=None, refresh_token=None)
        return granted

    monkeypatch.setattr(tokens._oauth, "refresh", while_a_person_uninstalls)
    with pytest.raises(NeedsReauth):
        tokens.access_token(connected.ours)

    row = row_of(database, connected.ours)
    assert (row.state, row.access_token, row.refresh_token) == ("revoked", None, None)


def test_a_record_that_is_away_for_a_moment_loses_no_token(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.tokens.STORING_PAUSES_S", (0.0, 0.0))
    renew, failures = token_store.renew, iter((True, True))

    def away_twice(*arguments: Any) -> bool:
        if next(failures, False):
            raise DatabaseUnavailable("away")
        return renew(*arguments)

    monkeypatch.setattr("jobs.tokens.token_store.renew", away_twice)

    assert tokens.access_token(connected.ours)[0]
    assert fake_pipedrive.oauth.refreshes == 1


@pytest.mark.parametrize(
    "fault", [Fault(status=500), Fault(status=503), Fault(drop=True)], ids=["500", "503", "cut"]
)
def test_a_pipedrive_that_is_away_ends_no_connection_and_frees_the_turn(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, database: Database, fault: Fault
) -> None:
    fake_pipedrive.oauth.rotate = False  # a cut reply after the work would lose a rotated token
    fake_pipedrive.faults.order(Fault(times=1, status=fault.status, drop=fault.drop))
    with pytest.raises(Deliverable):
        tokens.access_token(connected.ours)

    row = row_of(database, connected.ours)
    assert (row.state, row.refresh_lease_until) == ("connected", None)
    assert tokens.access_token(connected.ours)[0]


def test_a_wrong_client_secret_ends_no_connection(
    database: Database, vault: Vault, connected: TwoTenants, fake_pipedrive: FakePipedrive, tmp_path: Path
) -> None:
    settings = settings_for(fake_pipedrive.url, tmp_path, PIPEDRIVE_CLIENT_SECRET="wrong")
    wire = PipedriveWire()
    with pytest.raises(NotConnected) as told:
        Tokens(database, vault, settings, wire).access_token(connected.ours)
    wire.close()

    assert not isinstance(told.value, NeedsReauth)
    assert row_of(database, connected.ours).state == "connected"


@pytest.mark.parametrize(
    ("status", "error", "trouble"),
    [
        (400, "invalid_request", PipedriveRefused),
        (400, "invalid_client", AppRefused),
        (400, "unauthorized_client", AppRefused),
        (400, "unsupported_grant_type", PipedriveRefused),
        (400, "invalid_scope", PipedriveRefused),
        (401, "invalid_client", AppRefused),
        (402, "", NotAllowed),
        (403, "", NotAllowed),
        (404, "", NotFound),
        (410, "", NotFound),
        (422, "", PipedriveRefused),
        (429, "", RateLimited),
        (500, "server_error", Deliverable),
        (503, "temporarily_unavailable", Deliverable),
        (302, "", Deliverable),
        (200, "without tokens", Deliverable),
    ],
)
def test_no_other_error_of_the_token_endpoint_ends_a_connection(
    *,
    database: Database,
    vault: Vault,
    tenants: TwoTenants,
    tmp_path: Path,
    status: int,
    error: str,
    trouble: type[Trouble],
) -> None:
    add_admin(database, tenants.ours)
    connect(database, vault, tenants.ours, "a refresh token")
    body = {"success": False, "error": error, "message": "a refresh token is what you sent"}
    wire = PipedriveWire(httpx.MockTransport(lambda _: httpx.Response(status, json=body)))
    with pytest.raises(trouble) as told:
        Tokens(database, vault, settings_for("http://oauth.example", tmp_path), wire).access_token(
            tenants.ours
        )
    wire.close()

    row = row_of(database, tenants.ours)
    assert type(told.value) is trouble
    assert (row.state, row.refresh_lease_until) == ("connected", None)
    assert row.refresh_token is not None
    assert notices_of(database, tenants.ours) == []
    assert "a refresh token" not in f"{told.value} {told.value.told}"


def test_a_lease_of_a_dead_refresher_runs_out(
    tokens: Tokens, connected: TwoTenants, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jobs.tokens.WAIT_S", 0.2)
    change(database, connected.ours, refresh_lease_until=now() + timedelta(seconds=30))
    with pytest.raises(Deliverable):
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
            name: vault.close(anew[name], place(connected.ours, "connections", name, connected.ours))
            for name in ("access_token", "refresh_token")
        }
        ends = now() + timedelta(hours=1)
        change(database, connected.ours, **closed, refresh_lease_until=None, expires_at=ends)
        return granted

    monkeypatch.setattr(tokens._oauth, "refresh", while_a_person_connects)

    assert tokens.access_token(connected.ours)[0] == anew["access_token"]


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
    where = place(connected.ours, "personal_connections", "access_token", person)
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
    assert "your own connection" in told.value.told
    assert person_of(database, connected.ours).state == "needs_reauth"
    assert row_of(database, connected.ours).state == "connected"
    assert notices_of(database, connected.ours) == []


def test_a_person_of_another_tenant_has_no_token_here(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, database: Database, vault: Vault
) -> None:
    refresh_token = fake_pipedrive.oauth.grant(2)["refresh_token"]
    theirs = connect_person(database, vault, connected.theirs, refresh_token)
    with pytest.raises(NotConnected) as told:
        tokens.access_token(connected.ours, user_id=theirs)
    assert not isinstance(told.value, NeedsReauth)
    assert "your own" in told.value.told


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


@pytest.mark.parametrize(
    ("domain", "expected"),
    [
        ("https://acme.pipedrive.com", "https://acme.pipedrive.com"),
        ("acme.pipedrive.com", "https://acme.pipedrive.com"),
        (None, PIPEDRIVE_API),
        ("", PIPEDRIVE_API),
    ],
)
def test_a_company_is_asked_where_pipedrive_says(domain: str | None, expected: str) -> None:
    assert api_base(domain) == expected


@pytest.mark.parametrize(
    "domain",
    [
        "http://acme.pipedrive.com",
        "https://evil.example",
        "https://pipedrive.com.evil.example",
        "https://evilpipedrive.com",
        "https://acme.pipedrive.com@evil.example",
        "https://user@acme.pipedrive.com",
        "https://acme.pipedrive.com:8443",
        "https://127.0.0.1",
        "file:///etc/passwd",
    ],
)
def test_a_token_goes_to_no_other_host(domain: str) -> None:
    with pytest.raises(NotConnected):
        api_base(domain)


def test_a_race_of_twenty_processes_makes_one_exchange_for_each_tenant(
    fake_pipedrive: FakePipedrive,
    database: Database,
    database_url: str,
    vault: Vault,
    tenants: TwoTenants,
    tmp_path: Path,
) -> None:
    connect(database, vault, tenants.ours, fake_pipedrive.oauth.grant(1)["refresh_token"])
    connect(database, vault, tenants.theirs, "unknown there")
    add_admin(database, tenants.theirs)
    fake_pipedrive.faults.order(Fault(times=2, where="/oauth/token", delay=0.5))
    env = os.environ | environment(fake_pipedrive.url, tmp_path) | {"DATABASE_URL": database_url}
    command = [sys.executable, "-m", "tests.jobs.token_racer", "20", *map(str, tenants)]
    said = subprocess.run(
        command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True, timeout=150, check=True
    )

    got = [line.split() for line in said.stdout.splitlines()]
    ours = [outcome for tenant_id, outcome in got if tenant_id == str(tenants.ours)]
    theirs = [outcome for tenant_id, outcome in got if tenant_id == str(tenants.theirs)]
    assert [status for _, path, status in fake_pipedrive.requests if path == "/oauth/token"] == [200, 400]
    assert (len(ours), len(set(ours))) == (20, 1)
    assert fake_pipedrive.oauth.user_of(ours[0]) == 1
    assert theirs == ["NeedsReauth"] * 20
    assert len(notices_of(database, tenants.theirs)) == 1
