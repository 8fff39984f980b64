"""Connection checks: run when due, report a problem once, and continue after a crash."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from jobs.to_pipedrive.api import PipedriveApi
from models.clock import now
from models.connections.checks import AFTER_FAILURES, LEASE
from models.connections.problems import PROBLEM_TITLE, TEXTS, WELL, ProblemCode
from models.errors import RateLimited, TemporaryFailure
from models.maintenance import erase_tenant
from models.pipedrive.rest.webhooks import WANTED
from models.tables import PipedriveUser, Tenant, User
from tests.jobs.caring import Died, Household, dies_at
from tests.models.rows import add
from web.playground.faults import Fault

ENDED, FAILING, NO_APP, SILENT, UNREADABLE = (
    TEXTS[ProblemCode(code)] for code in ("ended", "failing", "no_app", "silent", "unreadable")
)


@pytest.fixture
def home(household: Household) -> Household:
    household.connect()
    admin = User(tenant_id=household.tenant_id, email="a@x.test", role="admin", chat_name="users/1")
    add(household.database, admin)
    return household


def wait_of(home: Household) -> timedelta:
    """The time until the next check."""
    at = home.row().next_check_at
    assert at is not None
    return at - now()


def test_a_new_connection_is_furnished_in_one_look_and_then_left_for_a_day(home: Household) -> None:
    assert home.checker.step()

    row = home.row()
    assert set(home.our_rows()) == set(WANTED)
    assert home.all_of(PipedriveUser)
    assert (row.problem, row.check_failures, row.check_lease_until) == ("", 0, None)
    assert wait_of(home) > timedelta(hours=22)
    assert not home.checker.step()
    assert home.told() == []


def test_a_connection_with_a_webhook_made_by_hand_keeps_it(home: Household) -> None:
    home.change(keeps_webhooks=False)
    by_hand = home.crm.register("https://pipenotify.example.com/api/v1/webhook/pipedrive/k-acme").id
    home.checker.step()

    assert list(home.crm.subscriptions.all) == [by_hand]
    assert (home.our_rows(), list(home.credentials())) == ({}, [])
    assert home.all_of(PipedriveUser)


def test_each_tenant_has_its_turn_and_its_own_rows(home: Household, theirs: int) -> None:
    home.connect(theirs, keeps_webhooks=False, next_check_at=now() - timedelta(hours=1))
    assert [home.checker.step() for _ in range(3)] == [True, True, False]

    owners = {row.tenant_id for row in home.all_of(PipedriveUser)}
    assert owners == {home.tenant_id, theirs}
    assert {row.tenant_id for row in home.credentials()} == {home.tenant_id}


def test_a_trouble_is_tried_again_soon_and_said_when_it_stays(home: Household) -> None:
    home.crm.faults.order(Fault(status=503, times=999))
    waits, problems = [], []
    for _ in range(4):
        home.change(next_check_at=now())
        home.checker.step()
        waits.append(wait_of(home))
        problems.append(home.row().problem)
    assert all(step / 2 < wait <= step for step, wait in zip(AFTER_FAILURES, waits, strict=False))
    assert problems == ["", "", SILENT, SILENT]

    home.crm.faults.clear()
    home.check()
    assert home.row().problem == ""
    assert home.told() == [PROBLEM_TITLE, WELL.title]


@pytest.mark.parametrize(
    "trouble",
    [TemporaryFailure("x"), RateLimited("x", retry_after=7200), RuntimeError("x")],
    ids=["away", "rate-limited", "a-bug"],
)
def test_what_was_wrong_stands_until_it_is_known_to_be_over(
    home: Household, monkeypatch: pytest.MonkeyPatch, trouble: Exception
) -> None:
    home.change(problem=FAILING, problem_codes=[ProblemCode.FAILING])

    def fails(_: PipedriveApi) -> Any:
        raise trouble

    monkeypatch.setattr(PipedriveApi, "webhooks", fails)
    home.checker.step()

    row = home.row()
    assert (row.problem, row.check_failures, row.check_lease_until) == (FAILING, 1, None)
    least = timedelta(hours=1) if isinstance(trouble, RateLimited) else AFTER_FAILURES[0] / 2
    assert wait_of(home) > least
    assert home.told() == []


def test_an_ended_authorisation_needs_notice_once_and_not_asked_again(home: Household) -> None:
    home.crm.oauth.uninstall()
    home.checker.step()

    row = home.row()
    assert (row.state, row.problem, row.next_check_at) == ("needs_reauth", ENDED, None)
    assert not home.checker.step()
    assert len(home.told()) == 1


def test_who_connects_again_is_looked_after_at_once(home: Household) -> None:
    home.crm.oauth.uninstall()
    home.checker.step()
    told, row = home.told(), home.row()
    with home.database.writing(home.tenant_id) as session:
        session.delete(row)
    home.connect(problem=ENDED, problem_codes=[ProblemCode.ENDED])
    home.checker.step()

    assert home.row().problem == ""
    assert set(home.our_rows()) == set(WANTED)
    assert home.told() == told


def test_tokens_that_do_not_open_are_said(home: Household) -> None:
    home.change(refresh_token="v1:gone:AAAA", access_token=None)
    home.checker.step()

    assert home.row().problem == UNREADABLE
    assert home.told() == [PROBLEM_TITLE]


def test_an_app_that_pipedrive_refuses_is_said(home: Household) -> None:
    home.crm.oauth.client_secret = "another"
    home.crm.oauth.forget_access()
    home.checker.step()

    assert home.row().problem == NO_APP


def test_whoever_dies_is_followed_when_the_lease_has_run_out(
    home: Household, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as dying:
        dying.setattr(PipedriveApi, "users", dies_at(1, PipedriveApi.users))
        with pytest.raises(Died):
            home.checker.step()
    assert not home.checker.step()
    lease = home.row().check_lease_until
    assert lease is not None
    assert lease <= now() + LEASE
    home.change(check_lease_until=now())
    assert home.checker.step()

    assert home.asked("POST", "/v1/webhooks") == len(WANTED)
    assert home.all_of(PipedriveUser)


def test_who_lost_the_lease_writes_nothing(home: Household, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = PipedriveApi.webhooks

    def overtaken(api: PipedriveApi) -> Any:
        found = listed(api)
        home.change(check_lease_until=now() + timedelta(seconds=99))
        return found

    monkeypatch.setattr(PipedriveApi, "webhooks", overtaken)
    assert home.checker.step()

    assert home.our_rows() == {}
    assert home.row().checked_at is None


def test_what_is_over_is_not_looked_after(home: Household) -> None:
    home.change(state="revoked", refresh_token=None, problem=FAILING, problem_codes=["failing"])
    assert home.checker.step()

    row = home.row()
    assert (row.next_check_at, row.problem) == (None, "")
    assert home.crm.requests == []
    assert home.told() == []


def test_a_tenant_that_wants_nothing_kept_is_erased_when_it_has_left(
    home: Household, theirs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(erase_tenant, "MOST_S", 60.0)  # one step is enough, however slow the machine is
    home.checker.step()
    with home.database.writing_all() as session:
        erase_tenant.mark_for_erasure(session, home.tenant_id)
    home.checker.step()  # leaves
    home.checker.step()  # erases

    assert home.hooks() == {}
    with home.database.reading_all() as session:
        assert session.scalars(select(Tenant.id)).all() == [theirs]
