"""Organizations made by REST: answered with what a worker made of it in time, whole road and each end."""

from __future__ import annotations

import time
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from jobs.card_actions.write import CardActionWriter
from jobs.to_pipedrive.client import Pipedrive
from models.card_actions.records import WHY
from models.errors import DatabaseUnavailable
from models.security.vault import Vault, associated_data
from models.settings import Settings
from models.tables import CardAction, Notification, PersonalConnection, User
from tests.crm import connect, settings_for
from tests.web.api.conftest import ACME, BOLT, Api
from web import waiting
from web.api.leads import new_company
from web.api.leads.companies import PATH
from web.playground.pipedrive.server import FakePipedrive
from web.playground.pipedrive.store import ApiUser


@pytest.fixture
def crm() -> Iterator[FakePipedrive]:
    with FakePipedrive() as running:
        yield running


@pytest.fixture
def settings(crm: FakePipedrive, tmp_path: Any) -> Settings:
    return settings_for(crm.url, tmp_path)


@pytest.fixture
def made_at_once(
    api: Api, crm: FakePipedrive, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Api]:
    """Two teams of one Pipedrive each, whose worker writes while an answer waits."""
    other = crm.add_company(77, "Bolt")
    vault = Vault(settings.encryption_keys)
    for team, company in ((ACME, None), (BOLT, other.store.company.id)):
        grant = crm.oauth.grant(1) if company is None else crm.oauth.grant(1, company_id=company)
        connect(
            api.database,
            vault,
            api.tenants[team],
            grant["refresh_token"],
            user_id="1",
            connected_by=f"admin@{team}.test",
        )
    pipedrive = Pipedrive(api.database, vault, settings)
    writer = CardActionWriter(api.database, pipedrive)
    monkeypatch.setattr(waiting, "MOST_S", 20.0)
    clock = SimpleNamespace(sleep=lambda _: writer.step(), monotonic=time.monotonic)
    monkeypatch.setattr(waiting, "time", clock)
    yield api
    pipedrive.close()


def connect_own(api: Api, vault: Vault, crm: FakePipedrive, role: str, number: int) -> None:
    tenant_id = api.tenants[ACME]
    with api.database.writing(tenant_id) as session:
        user = session.scalars(select(User).where(User.email == f"{role}@acme.test")).one()
        where = associated_data(tenant_id, "personal_connections", "refresh_token", user.id)
        own = PersonalConnection(tenant_id=tenant_id, user_id=user.id, pipedrive_user_id=str(number))
        own.refresh_token = vault.close(crm.oauth.grant(number)["refresh_token"], where)
        session.add(own)


def test_an_organization_is_made_and_a_second_one_of_its_name_is_not(
    made_at_once: Api, crm: FakePipedrive
) -> None:
    made = made_at_once.data("POST", PATH, {"name": " Sprocket  Corp"})
    again = made_at_once.call("POST", PATH, {"name": "sprocket corp"})

    assert (made["name"], made["state"]) == ("Sprocket Corp", "done")
    assert crm.store.name("organization", int(made["id"])) == "Sprocket Corp"
    assert again.status_code == 409
    assert again.get_json()["details"]["id"] == made["id"]
    assert len([each for each in crm.store.all("organization") if each["name"] == "Sprocket Corp"]) == 1


def test_the_name_of_another_team_is_free(made_at_once: Api, crm: FakePipedrive) -> None:
    tokens = [made_at_once.token("admin", team) for team in (ACME, BOLT)]
    for token in tokens:
        made_at_once.data("POST", PATH, {"name": "Sprocket"}, token=token)
    for company in crm.companies.values():
        assert [each["name"] for each in company.store.all("organization")].count("Sprocket") == 1


def test_one_that_the_caller_may_not_see_is_a_conflict_without_its_id(
    made_at_once: Api, crm: FakePipedrive, settings: Settings
) -> None:
    connect_own(made_at_once, Vault(settings.encryption_keys), crm, "sales_rep", 2)
    hidden = {"name": "Sprocket", "owner_id": 1, "visible_to": "1"}
    crm.store.create("organization", hidden, ApiUser(1))
    answer = made_at_once.call("POST", PATH, {"name": "Sprocket"}, token=made_at_once.token("sales_rep"))

    assert answer.status_code == 409
    assert set(answer.get_json()["details"]) == {"field", "message"}


def test_a_repeat_with_its_key_is_answered_with_what_was_made(made_at_once: Api, crm: FakePipedrive) -> None:
    key = {"Idempotency-Key": "sprocket-1"}
    first = made_at_once.data("POST", PATH, {"name": "Sprocket"}, headers=key)
    again = made_at_once.data("POST", PATH, {"name": "Sprocket"}, headers=key)

    assert first == again
    assert [each["name"] for each in crm.store.all("organization")].count("Sprocket") == 1


def test_what_no_worker_has_made_in_time_is_answered_as_pending_and_told_of_later(api: Api) -> None:
    api.connect_admin()
    key = {"Idempotency-Key": "sprocket-1"}
    made = api.data("POST", PATH, {"name": "Sprocket"}, headers=key)
    assert (made["id"], made["state"]) == (None, "pending")
    with api.database.writing(api.tenants[ACME]) as session:
        row = session.get_one(CardAction, (api.tenants[ACME], int(made["action_id"])))
        assert row.needs_notice
        row.state, row.result_id = "done", "77"

    assert api.data("POST", PATH, {"name": "Sprocket"}, headers=key)["id"] == "77"


def test_the_end_of_what_was_pending_reaches_the_inbox(
    made_at_once: Api, crm: FakePipedrive, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as hurried:
        hurried.setattr(waiting, "MOST_S", 0.0)
        assert made_at_once.data("POST", PATH, {"name": "Sprocket"})["state"] == "pending"
    made_at_once.data("POST", PATH, {"name": "Another"})  # the worker comes while this one waits

    with made_at_once.database.reading(made_at_once.tenants[ACME]) as session:
        (told,) = session.scalars(select(Notification)).all()
    assert ("Sprocket" in told.title + told.body, len(crm.store.all("organization")) > 0) == (True, True)


@pytest.mark.parametrize(("why", "status"), [*new_company.STATUSES.items(), ("PIPEDRIVE_UNAVAILABLE", 502)])
def test_each_failure_has_its_code(api: Api, monkeypatch: pytest.MonkeyPatch, why: str, status: int) -> None:
    api.connect_admin()

    def fail(_: float) -> None:
        with api.database.writing(api.tenants[ACME]) as session:
            row = session.scalars(select(CardAction)).one()
            row.state, row.problem, row.fields = "failed", "It was refused.", {**row.fields, WHY: why}

    monkeypatch.setattr(waiting, "MOST_S", 20.0)
    monkeypatch.setattr(waiting, "time", SimpleNamespace(sleep=fail, monotonic=time.monotonic))
    answer = api.call("POST", PATH, {"name": "Sprocket"})

    assert answer.status_code == status
    assert (answer.get_json()["code"], answer.get_json()["error"]) == (why, "It was refused.")


def test_a_database_that_goes_away_after_the_commit_makes_no_failure(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.connect_admin()

    def be_away(*_: object) -> None:
        raise DatabaseUnavailable("the database does not answer")

    monkeypatch.setattr(new_company, "get_creation", be_away)
    assert api.data("POST", PATH, {"name": "Sprocket"})["state"] == "pending"


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"name": ""}, 400),
        ({"name": "  "}, 400),
        ({"name": "x" * 256}, 400),
        ({"name": "x", "a": 1}, 400),
    ],
)
def test_a_name_that_does_not_fit_is_refused(api: Api, body: Any, status: int) -> None:
    api.connect_admin()
    assert api.call("POST", PATH, body).status_code == status


def test_who_may_not_write_gets_nothing_made(api: Api) -> None:
    api.connect_admin()
    body = {"name": "Sprocket"}
    unconnected = api.call("POST", PATH, body, token=api.token("sales_rep"))
    assert (unconnected.status_code, unconnected.get_json()["code"]) == (409, "NOT_CONNECTED")
    assert api.call("POST", PATH, body, token=api.token("viewer")).status_code == 403
    assert api.call("POST", PATH, body, token=api.token("admin", ACME, "read:leads")).status_code == 403
    with api.database.reading_all() as session:
        assert session.scalars(select(CardAction)).all() == []
