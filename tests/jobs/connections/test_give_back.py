"""Who is removed from a team has authorised us no more: their grant is given back to Pipedrive."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.connections.give_back import GiveBackJob
from jobs.to_pipedrive.oauth import PipedriveOAuth
from models.accounts.actor import Actor
from models.clock import now
from models.connections import ended_grants
from models.connections.ended_grants import PAUSES
from models.errors import RateLimited, TemporaryFailure
from models.maintenance.remove_user import remove_user
from models.security.vault import associated_data
from models.tables import EndedGrant, PersonalConnection, User
from tests.engine import HandClock
from tests.jobs.caring import Household
from tests.models.rows import add

ADMIN = "boss@x.test"


def join(home: Household, email: str, *, pipedrive_user: str = "2", refresh: str | None = None) -> int:
    """Add a user with an authorisation of their own; return their id."""
    person = User(tenant_id=home.tenant_id, email=email)
    add(home.database, person)
    token = refresh or home.crm.oauth.grant(int(pipedrive_user))["refresh_token"]
    where = associated_data(home.tenant_id, "personal_connections", "refresh_token", person.id)
    row = PersonalConnection(tenant_id=home.tenant_id, user_id=person.id, pipedrive_user_id=pipedrive_user)
    row.refresh_token = home.vault.close(token, where)
    add(home.database, row)
    return person.id


def remove(home: Household, user_id: int) -> None:
    boss = Actor(ADMIN, home.tenant_id, role="admin", is_certain=True)
    with home.database.writing(home.tenant_id) as session:
        remove_user(session, boss, user_id)


@pytest.fixture
def home(household: Household) -> Household:
    household.connect()
    add(household.database, User(tenant_id=household.tenant_id, email=ADMIN, role="admin"))
    return household


@pytest.fixture
def revoked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tokens that Pipedrive was asked to revoke."""
    asked: list[str] = []
    real = PipedriveOAuth.revoke

    def revoke(self: PipedriveOAuth, token: str) -> None:
        asked.append(token)
        real(self, token)

    monkeypatch.setattr(PipedriveOAuth, "revoke", revoke)
    return asked


def job(home: Household) -> GiveBackJob:
    return GiveBackJob(home.database, home.vault, home.pipedrive)


def test_a_removed_persons_grant_is_given_back_once(home: Household, revoked: list[str]) -> None:
    token = home.crm.oauth.grant(2)["refresh_token"]
    remove(home, join(home, "ben@x.test", refresh=token))
    for _ in range(2):
        job(home).run()

    assert revoked == [token]
    assert home.all_of(EndedGrant) == []


def test_where_nothing_is_due_nobody_is_kept_from_writing(home: Household) -> None:
    before = home.database.commits
    job(home).run()
    assert home.database.commits == before


def test_the_checker_of_connections_does_it(home: Household, revoked: list[str]) -> None:
    remove(home, join(home, "ben@x.test"))
    home.checker.step()

    assert len(revoked) == 1


@pytest.mark.parametrize("user", ["1", "3"])
def test_a_grant_stays_whose_user_has_authorised_us_otherwise(
    home: Household, revoked: list[str], user: str
) -> None:
    """User 1 connected the team; user 3 is a user of it under another address, too."""
    ben = join(home, "ben@x.test", pipedrive_user=user)
    if user == "3":
        join(home, "ben@home.test", pipedrive_user=user)
    remove(home, ben)
    job(home).run()

    assert revoked == []
    assert home.all_of(EndedGrant) == []


def test_it_is_tried_again_for_half_a_day_and_then_forgotten(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[int] = []

    def silent(*_: Any) -> None:
        tried.append(1)
        raise TemporaryFailure("no answer")

    monkeypatch.setattr(PipedriveOAuth, "revoke", silent)
    remove(home, join(home, "ben@x.test"))
    clock = HandClock(now())
    monkeypatch.setattr("jobs.connections.give_back.now", clock)
    for number, pause in enumerate(PAUSES, start=1):
        job(home).run()
        job(home).run()
        assert len(tried) == number
        clock.advance(pause.total_seconds() + 1)
    job(home).run()

    assert len(tried) == len(PAUSES) + 1
    assert home.all_of(EndedGrant) == []


def test_a_limit_costs_no_try(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    def limited(*_: Any) -> None:
        raise RateLimited("slowly", retry_after=5)

    monkeypatch.setattr(PipedriveOAuth, "revoke", limited)
    remove(home, join(home, "ben@x.test"))
    job(home).run()

    (row,) = home.all_of(EndedGrant)
    assert row.failures == 0


def test_who_never_authorised_us_leaves_nothing(home: Household) -> None:
    person = User(tenant_id=home.tenant_id, email="cleo@x.test")
    add(home.database, person)
    remove(home, person.id)

    assert home.all_of(EndedGrant) == []
    with home.database.writing_all() as session:
        assert ended_grants.claim_due(session, now()) == []
