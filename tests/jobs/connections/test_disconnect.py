"""Disconnecting leaves no webhook, authorisation or secret behind, with or without Pipedrive."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from jobs.connections.disconnect import MOST_TRIES, DisconnectJob
from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.client import Pipedrive
from jobs.to_pipedrive.oauth import PipedriveOAuth
from models.clock import now
from models.connections.checks import AFTER_FAILURES
from models.connections.disconnect import begin_disconnect
from models.errors import TemporaryFailure
from models.security.vault import associated_data
from models.tables import PersonalConnection, User
from tests.jobs.caring import Died, Household, dies_at
from tests.models.rows import add
from web.playground.faults import Fault


@pytest.fixture
def home(household: Household) -> Household:
    """A tenant that is to be disconnected, with webhooks and a personal connection."""
    household.connect()
    household.checker.step()
    person = User(tenant_id=household.tenant_id, email="p@x.test")
    add(household.database, person)
    where = associated_data(household.tenant_id, "personal_connections", "refresh_token", person.id)
    closed = household.vault.close(household.crm.oauth.grant(2)["refresh_token"], where)
    add(
        household.database,
        PersonalConnection(
            tenant_id=household.tenant_id, user_id=person.id, pipedrive_user_id="2", refresh_token=closed
        ),
    )
    ask(household)
    return household


def ask(home: Household) -> None:
    with home.database.writing(home.tenant_id) as session:
        begin_disconnect(session, home.tenant_id)


def refresh_tokens(home: Household) -> list[str]:
    """The decrypted ones of the connection and of people."""
    seats: list[int | None] = [None, *(row.user_id for row in home.all_of(PersonalConnection))]
    found = (home.pipedrive.tokens.refresh_token(home.tenant_id, user_id=seat) for seat in seats)
    return [token for token in found if token]


def has_left(home: Household) -> bool:
    """Nothing of ours is in the database any more."""
    row, people = home.row(), home.all_of(PersonalConnection)
    assert {each.state for each in (row, *people)} == {"revoked"}
    assert {each.refresh_token for each in (row, *people)} == {None}
    assert {each.access_token for each in (row, *people)} == {None}
    assert (row.next_check_at, row.check_lease_until, row.problem) == (None, None, "")
    assert (list(home.credentials()), home.our_rows()) == ([], {})
    return True


def test_webhooks_are_removed_and_every_authorisation_is_given_back(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_back = []
    revoke = PipedriveOAuth.revoke

    def noted(oauth: PipedriveOAuth, token: str) -> None:
        given_back.append(token)
        revoke(oauth, token)

    monkeypatch.setattr(PipedriveOAuth, "revoke", noted)
    before = refresh_tokens(home)
    other = home.crm.register("https://other.example.com/hook").id
    assert home.checker.step()

    assert has_left(home)
    assert list(home.crm.subscriptions.all) == [other]
    assert sorted(given_back) == sorted(before)
    assert len(before) == 2
    assert home.told() == []
    assert not home.checker.step()


@pytest.mark.parametrize(
    ("work", "name", "step"),
    [
        (PipedriveApi, "webhooks", 1),
        (PipedriveApi, "remove_webhook", 1),
        (PipedriveApi, "remove_webhook", 10),
        (PipedriveOAuth, "revoke", 1),
        (PipedriveOAuth, "revoke", 2),
    ],
)
def test_whoever_dies_while_leaving_is_followed(
    home: Household, monkeypatch: pytest.MonkeyPatch, work: Any, name: str, step: int
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(work, name, dies_at(step, getattr(work, name)))
        with pytest.raises(Died):
            home.checker.step()
    assert home.row().state == "leaving"
    home.change(check_lease_until=None)
    home.checker.step()

    assert has_left(home)
    assert home.hooks() == {}
    assert home.told() == []


def test_a_pipedrive_that_refuses_us_is_left_all_the_same(home: Household) -> None:
    home.crm.oauth.uninstall()
    home.checker.step()

    assert has_left(home)
    assert home.told() == []


def test_a_pipedrive_that_is_away_is_asked_again_for_half_a_day_at_most(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*_: object, **__: object) -> None:
        raise TemporaryFailure("Pipedrive: ConnectError")

    monkeypatch.setattr(Pipedrive, "as_tenant", away)
    for tries in range(1, MOST_TRIES):
        home.checker.step()
        row = home.row()
        assert (row.state, row.check_failures) == ("leaving", tries)
        assert row.next_check_at is not None
        assert row.next_check_at > now() + AFTER_FAILURES[0] / 2
        home.change(next_check_at=now())
    home.checker.step()

    assert has_left(home)


def test_webhooks_that_may_not_be_removed_keep_nobody(home: Household) -> None:
    home.crm.faults.order(Fault(where="/v1/webhooks", status=403, times=99))
    home.checker.step()

    assert has_left(home)


def test_who_connects_anew_meanwhile_keeps_the_new_connection(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    take_away = PipedriveApi.webhooks

    def overtaken(api: PipedriveApi) -> Any:
        found = take_away(api)
        home.change(state="connected", next_check_at=now())
        return found

    check = home.claim()
    monkeypatch.setattr(PipedriveApi, "webhooks", overtaken)
    DisconnectJob(home.database, home.pipedrive, home.keeping).take(check, 0)

    row = home.row()
    assert (row.state, row.refresh_token is None) == ("connected", False)
    assert home.credentials()


def test_another_tenant_stays_connected(home: Household, theirs: int) -> None:
    home.connect(theirs, keeps_webhooks=False, next_check_at=now() + timedelta(hours=1))
    home.checker.step()

    assert has_left(home)
    assert home.row(theirs).state == "connected"
    assert home.row(theirs).refresh_token is not None
