"""Any failure while a token is refreshed leads to the right state, once, and loses no token."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from jobs.to_pipedrive.errors import PipedriveRefused, TooManyCalls
from jobs.to_pipedrive.http import PipedriveWire
from jobs.to_pipedrive.oauth import AppRefused, NeedsReauth, NotConnected
from jobs.to_pipedrive.tokens import Tokens
from models.connections import tokens as token_rows
from models.database.engine import Database
from models.errors import AppError, DatabaseUnavailable, NotAllowed, NotFound, TemporaryFailure
from models.security.vault import Vault
from tests.conftest import TwoTenants
from tests.crm import connect, environment, settings_for
from tests.jobs.to_pipedrive.grants import add_admin, change, notices_of, row_of
from web.playground.faults import Fault
from web.playground.pipedrive.server import FakePipedrive

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
    assert "setup page" in told.value.user_message
    assert notices_of(database, connected.theirs) == []


def test_nothing_is_ended_unless_it_needs_notice_as_well(
    tokens: Tokens,
    connected: TwoTenants,
    fake_pipedrive: FakePipedrive,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def cut(*_: object) -> int:
        raise RuntimeError("killed between two lines")

    monkeypatch.setattr("jobs.to_pipedrive.tokens.notify_admins", cut)
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
    monkeypatch.setattr("jobs.to_pipedrive.tokens.STORING_PAUSES_S", (0.0, 0.0))
    renew, failures = token_rows.renew, iter((True, True))

    def away_twice(*arguments: Any) -> bool:
        if next(failures, False):
            raise DatabaseUnavailable("away")
        return renew(*arguments)

    monkeypatch.setattr("jobs.to_pipedrive.tokens.tokens.renew", away_twice)

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
    with pytest.raises(TemporaryFailure):
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
        (429, "", TooManyCalls),
        (500, "server_error", TemporaryFailure),
        (503, "temporarily_unavailable", TemporaryFailure),
        (302, "", TemporaryFailure),
        (200, "without tokens", TemporaryFailure),
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
    trouble: type[AppError],
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
    assert "a refresh token" not in f"{told.value} {told.value.user_message}"


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
    command = [sys.executable, "-m", "tests.jobs.to_pipedrive.token_racer", "20", *map(str, tenants)]
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
