"""Access tokens: refreshed once, whoever asks, and never lost."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from jobs.to_pipedrive_oauth import NeedsReauth, NotConnected
from jobs.to_pipedrive_wire import PipedriveWire
from jobs.tokens import PIPEDRIVE_API, Tokens, api_base
from models.clock import now
from models.connections import Connection
from models.database import Database
from models.errors import Deliverable
from models.vault import Vault, place
from tests.conftest import TwoTenants
from tests.crm import connect, environment, settings_for
from tests.jobs.token_racer import race
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


def test_a_token_that_lives_less_than_the_margin_is_used_once(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("web.playground.crm_oauth.ACCESS_LIFETIME_S", 5)
    token, _ = tokens.access_token(connected.ours)

    assert fake_pipedrive.oauth.user_of(token) == 1
    assert fake_pipedrive.oauth.refreshes == 1


def test_a_race_of_threads_and_processes_makes_one_refresh(
    tokens: Tokens, connected: TwoTenants, fake_pipedrive: FakePipedrive, database_url: str, tmp_path: Path
) -> None:
    fake_pipedrive.faults.order(Fault(where="/oauth/token", delay=0.5))
    env = os.environ | environment(fake_pipedrive.url, tmp_path) | {"DATABASE_URL": database_url}
    with _racer(env, connected.ours) as one, _racer(env, connected.ours) as two:
        for racer in (one, two):
            _say(racer, "go")
        got = race(tokens, connected.ours, 8)
        for racer in (one, two):
            got |= set(racer.communicate(timeout=30)[0].split())

    assert fake_pipedrive.oauth.refreshes == 1
    assert len(got) == 1
    assert fake_pipedrive.oauth.user_of(got.pop()) == 1


@contextmanager
def _racer(env: dict[str, str], tenant_id: int) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tests.jobs.token_racer", str(tenant_id), "4"]
    with subprocess.Popen(
        command, cwd=ROOT, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as racer:
        assert racer.stdout is not None
        assert racer.stdout.readline() == "ready\n"
        yield racer


def _say(racer: "subprocess.Popen[str]", word: str) -> None:
    assert racer.stdin is not None
    racer.stdin.write(f"{word}\n")
    racer.stdin.flush()


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
