"""Forms by REST: made by admins, their token shown once, revoked; what was given up is tried again."""

from __future__ import annotations

from sqlalchemy import select

from models.tables import IdempotentAnswer, IntakeForm, IntakeSubmission
from tests.web.api.conftest import ACME, BOLT, Api
from tests.web.api.lead_source_objects import add_lead_sources
from web.api.leads.forms import PATH, SUBMISSIONS_PATH

CONTACT = {"name": "Contact", "origins": ["https://Acme.example/"], "consent": "You may write to me"}


def test_a_form_takes_what_people_enter_until_it_is_revoked(api: Api) -> None:
    made = api.data("POST", PATH, CONTACT)
    entered = {"name": "Jana", "email": "jana@globex.test", "consent": "yes"}
    door = made["address"].removeprefix("https://pipenotify.example.com")

    assert (made["origins"], made["last_four"]) == (["https://acme.example"], made["token"][-4:])
    assert door == f"/api/v1/intake/{made['token']}"
    assert api.client.post(door, json=entered).status_code == 202
    (stored,) = api.data("GET", SUBMISSIONS_PATH)
    assert (stored["form"], stored["email"], stored["state"]) == ("Contact", "jana@globex.test", "pending")

    assert api.data("DELETE", f"{PATH}/{made['id']}")["revoked_at"] is not None
    assert api.client.post(door, json=entered | {"name": "Kim"}).status_code in (401, 404)
    assert api.call("DELETE", f"{PATH}/{made['id']}").status_code == 404
    assert api.data("GET", f"{PATH}/{made['id']}")["name"] == "Contact"
    assert api.data("GET", PATH, token=api.token("admin", BOLT)) == []


def test_the_token_is_in_the_answer_that_makes_it_and_stored_nowhere(api: Api) -> None:
    key = {"Idempotency-Key": "once"}
    made = api.data("POST", PATH, CONTACT, headers=key)

    assert api.data("POST", PATH, CONTACT, headers=key) == made
    assert [set(each) & {"token", "address"} for each in api.data("GET", PATH)] == [set()]
    with api.database.reading(api.tenants[ACME]) as session:
        assert made["token"] not in session.scalars(select(IdempotentAnswer.body)).one()
        assert made["token"] not in session.scalars(select(IntakeForm.token_hash)).one()


def test_only_admins_make_and_see_forms(api: Api) -> None:
    rep = api.token("sales_rep")

    for method, path, body in (("GET", PATH, None), ("POST", PATH, CONTACT), ("GET", SUBMISSIONS_PATH, None)):
        assert api.call(method, path, body, token=rep).status_code == 403
    narrow = api.token("admin", ACME, "read:leads")
    assert api.call("POST", PATH, CONTACT, token=narrow).status_code == 403
    assert api.data("GET", PATH, token=narrow) == []


def test_a_site_that_is_none_is_refused(api: Api) -> None:
    for origins in (["acme"], ["https://acme.example/page"], ["https://a.example"] * 11):
        assert api.call("POST", PATH, CONTACT | {"origins": origins}).status_code == 400


def test_what_was_given_up_is_written_after_all(api: Api) -> None:
    with api.database.writing(api.tenants[ACME]) as session:
        number = add_lead_sources(session, api.tenants[ACME], 7)["intake-submissions"]

    assert api.data("POST", f"{SUBMISSIONS_PATH}/{number}/retry")["state"] == "pending"
    assert api.call("POST", f"{SUBMISSIONS_PATH}/{number}/retry").status_code == 404
    with api.database.reading(api.tenants[ACME]) as session:
        assert session.scalars(select(IntakeSubmission.state)).all() == ["pending"]
