"""An OAuth flow is redeemed once, in time, in the same browser, and for its purpose."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from models.accounts.oauth_flows import (
    Flow,
    FlowElsewhere,
    FlowExpired,
    FlowUnknown,
    begin,
    challenge_of,
    new_verifier,
    take,
)
from models.clock import now
from models.database.engine import Database
from models.errors import SecretUnreadable
from models.security.keys import KeyRing
from models.security.secrets import digest_of
from models.security.vault import Vault
from models.tables import OAuthFlow
from models.tables.accounts import CONNECT, PERSONAL, SIGN_IN
from tests.conftest import TwoTenants
from tests.models.rows import count

HERE, ELSEWHERE = digest_of("this browser"), digest_of("another browser")
VERIFIER = new_verifier()


def begun(database: Database, vault: Vault, **said: object) -> str:
    usual = {"purpose": CONNECT, "browser_hash": HERE, "secret": VERIFIER}
    with database.writing_all() as session:
        return begin(session, vault, **(usual | said))  # type: ignore[arg-type]  # a test names what it wants


def taken(database: Database, vault: Vault, state: str, browser: str | None = HERE, *purposes: str) -> Flow:
    with database.writing_all() as session:
        return take(session, vault, state, browser, purposes or (CONNECT,))


def test_what_was_begun_comes_back_whole(database: Database, vault: Vault, tenants: TwoTenants) -> None:
    said = {"email": "ada@example.com", "tenant_id": tenants.ours, "return_to": "/setup", "nonce": "n"}
    state = begun(database, vault, **said)

    flow = taken(database, vault, state, HERE, CONNECT, PERSONAL)

    assert flow == Flow(CONNECT, VERIFIER, "n", "ada@example.com", tenants.ours, "/setup")
    assert VERIFIER not in repr(flow)


def test_neither_state_nor_verifier_can_be_read_from_the_record(database: Database, vault: Vault) -> None:
    state = begun(database, vault)

    with database.reading_all() as session:
        row = session.scalars(select(OAuthFlow)).one()

    assert row.state_hash == digest_of(state) != state
    assert VERIFIER not in row.secret


def test_a_state_is_good_once(database: Database, vault: Vault) -> None:
    state = begun(database, vault)
    taken(database, vault, state)

    with pytest.raises(FlowUnknown):
        taken(database, vault, state)


def test_of_many_who_come_with_one_state_one_gets_it(database: Database, vault: Vault) -> None:
    state = begun(database, vault)
    others = begun(database, vault)
    outcomes: list[str] = []
    start = threading.Barrier(8)

    def race() -> None:
        start.wait()
        try:
            outcomes.append(taken(database, vault, state).purpose)
        except FlowUnknown:
            outcomes.append("unknown")

    racers = [threading.Thread(target=race) for _ in range(8)]
    for each in racers:
        each.start()
    for each in racers:
        each.join()

    assert sorted(outcomes) == [CONNECT, *["unknown"] * 7]
    assert taken(database, vault, others).purpose == CONNECT


@pytest.mark.parametrize("browser", [ELSEWHERE, "", None], ids=["another", "empty", "none"])
def test_another_browser_gets_nothing_and_spoils_nothing(
    database: Database, vault: Vault, browser: str | None
) -> None:
    state = begun(database, vault)

    with pytest.raises(FlowElsewhere):
        taken(database, vault, state, browser)

    assert taken(database, vault, state).purpose == CONNECT


@pytest.mark.parametrize("state", ["", "made up", "x" * 100_000, "\x00", "😀"])
def test_a_state_that_nobody_gave_out_is_unknown(database: Database, vault: Vault, state: str) -> None:
    begun(database, vault)

    with pytest.raises(FlowUnknown):
        taken(database, vault, state)


def test_a_state_serves_its_own_purpose_alone(database: Database, vault: Vault) -> None:
    state = begun(database, vault, purpose=SIGN_IN)

    with pytest.raises(FlowUnknown):
        taken(database, vault, state, HERE, CONNECT, PERSONAL)

    assert taken(database, vault, state, HERE, SIGN_IN).purpose == SIGN_IN


@pytest.fixture
def noon() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-03-01T12:00:00Z", tick=False) as at:
        yield at


@pytest.mark.parametrize(("after", "is_good"), [(599, True), (600, False), (3600, False)])
def test_a_state_lives_ten_minutes(
    database: Database, vault: Vault, noon: time_machine.Traveller, after: int, *, is_good: bool
) -> None:
    state = begun(database, vault)
    noon.shift(after)

    if is_good:
        assert taken(database, vault, state).purpose == CONNECT
        return
    with pytest.raises(FlowExpired):
        taken(database, vault, state)
    with pytest.raises(FlowElsewhere):  # nothing is told of it to another browser
        taken(database, vault, state, ELSEWHERE)
    assert count(database, OAuthFlow) == 1


def test_a_flow_may_be_given_more_time(
    database: Database, vault: Vault, noon: time_machine.Traveller
) -> None:
    state = begun(database, vault, minutes=60)
    noon.shift(timedelta(minutes=59))

    assert now().minute == 59
    assert taken(database, vault, state).purpose == CONNECT


def test_a_lost_key_leaves_the_consent_as_it_was(database: Database, vault: Vault) -> None:
    state = begun(database, vault)

    with pytest.raises(SecretUnreadable):
        taken(database, Vault(KeyRing({"test": bytes(32)})), state)

    assert taken(database, vault, state).secret == VERIFIER


def test_the_challenge_is_that_of_the_standard() -> None:
    """RFC 7636, appendix B."""
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"

    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"
    assert len(new_verifier()) == 43
