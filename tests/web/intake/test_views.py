"""The door for forms: what it takes, from whom, how often, and what it answers."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from models.accounts.actor import system
from models.intake.actions import create_form
from models.tables.leads import IntakeSubmission
from tests.web.admin.conftest import Desk

SITE = "https://acme.test"
JANA: dict[str, Any] = {"name": "Jana", "email": "Jana@Globex.test", "message": "Hello", "consent": "yes"}


@pytest.fixture
def address(desk: Desk) -> str:
    """The address of a form of our tenant, which one site may send."""
    admin = system(desk.tenants.ours, "test")
    with desk.database.writing(desk.tenants.ours) as session:
        _, token = create_form(session, admin, "Contact", origins=[SITE], consent="You may write to me")
    return f"/api/v1/intake/{token}"


def entered(desk: Desk) -> list[IntakeSubmission]:
    with desk.database.reading_all() as session:
        return list(session.scalars(select(IntakeSubmission)))


def send(desk: Desk, address: str, **changed: Any) -> Any:
    return desk.browser.client.post(address, json=JANA | changed)


def test_a_form_and_a_program_are_taken_and_the_same_is_one_row(desk: Desk, address: str) -> None:
    answer = desk.browser.client.post(address, data=JANA, headers={"Origin": SITE})
    assert (answer.status_code, answer.mimetype) == (202, "text/html")
    assert answer.headers["Access-Control-Allow-Origin"] == SITE
    assert send(desk, address).json == {"success": True}

    (row,) = entered(desk)
    assert (row.tenant_id, row.email, row.title) == (desk.tenants.ours, "jana@globex.test", "Jana")
    assert row.consent == "You may write to me"


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"consent": ""}, 400),
        ({"email": "nobody"}, 400),
        ({"email": "a@globex..test"}, 400),
        ({"email": "a@" + "." * 31_000 + "@"}, 400),
        ({"name": "", "email": ""}, 400),
        ({"name": "x" * 256}, 400),
        ({"name": ["a"]}, 400),
        ({"message": "x" * 40_000}, 413),
        ({"website": "https://spam.example"}, 202),
    ],
)
def test_what_does_not_fit_is_not_stored(
    desk: Desk, address: str, changed: dict[str, Any], status: int
) -> None:
    assert send(desk, address, **changed).status_code == status
    assert entered(desk) == []


def test_another_site_and_an_unknown_address_are_refused(desk: Desk, address: str) -> None:
    client, other = desk.browser.client, {"Origin": "https://evil.example"}
    assert client.post(address, json=JANA, headers=other).status_code == 403
    asked = client.options(address, headers=other)
    assert "Access-Control-Allow-Origin" not in asked.headers
    assert client.options(address, headers={"Origin": SITE}).headers["Access-Control-Allow-Origin"] == SITE
    assert client.post("/api/v1/intake/in_unknown", json=JANA).status_code == 401
    assert client.post(address, data="[", content_type="application/json").status_code == 400
    assert client.post(address, json=[1]).status_code == 400
    assert entered(desk) == []


def test_one_address_sends_ten_a_minute(desk: Desk, address: str) -> None:
    answers = [send(desk, address, message=str(number)).status_code for number in range(11)]

    assert answers == [202] * 10 + [429]
    assert len(entered(desk)) == 10
