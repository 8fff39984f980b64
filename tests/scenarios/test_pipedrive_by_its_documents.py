"""All requests of our client, and all responses of the simulation, follow Pipedrive's documents."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from jobs.to_pipedrive.api import FIELD_LISTS, PipedriveApi
from jobs.to_pipedrive.costs import COSTS
from jobs.to_pipedrive.http import PipedriveWire
from jobs.to_pipedrive.updates import APART, CURSORED, PAGED
from models.recipients.find import FOLLOWED
from tests.openapi import judged, operation, operations, plain, problems
from tests.web.playground.crm_talk import Api
from web.playground.pipedrive.routes import ROUTES
from web.playground.pipedrive.server import FakePipedrive
from web.playground.wire import Answer, Request

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
# The documents name only `admin`; Pipedrive's list of scopes differs (see its routes.py).
WIDER = {"/v1/webhooks", "/v1/webhooks/{}", "/api/v2/activityFields"}


@pytest.fixture
def pipedrive() -> Iterator[FakePipedrive]:
    with FakePipedrive(burst=None) as running:
        code = running.store.custom_fields["deal"][0].code
        running.do("edit_deal", id=1, custom_fields={code: 3}, label_ids=[41])
        running.do("lose_deal", id=2, lost_reason="price")
        running.do("win_deal", id=3)
        running.do("archive_deal", id=4)
        running.do("delete_deal", id=5)
        running.do("create_lead", title="Inbound", amount=300, person_name="Grace Hopper")
        running.do("create_activity", subject="Call", due_date="2026-11-21", deal_id=1)
        running.do("create_note", content="<b>Called</b>", deal_id=1)
        for entity in FOLLOWED:
            running.store.follow(entity, 1, 2)
        yield running


@pytest.fixture
def api(pipedrive: FakePipedrive) -> Iterator[PipedriveApi]:
    wire = PipedriveWire()
    yield PipedriveApi(pipedrive.url, pipedrive.oauth.grant(1)["access_token"], wire)
    wire.close()


def use_all_of(api: PipedriveApi, lead: str) -> None:
    """Make every call that the client can make."""
    assert api.me()["id"] == 1
    reads: list[Any] = [api.users(), api.lead_labels(), api.currencies(), api.pipelines(), api.stages()]
    reads += [api.fields(entity) for entity in FIELD_LISTS]
    reads += [api.deal(1), api.deals(["1"]), api.deals(["1", "2"]), api.leads()]
    reads += [api.persons(["1"]), api.persons(["1", "2"]), api.organizations(["1"])]
    reads += [api.organizations(["1", "2"]), api.activities(done=False, owner_id=1)]
    reads += [api.activity(1), api.lead(lead)]
    reads += [list(api.updated(entity, LONG_AGO)) for entity in (*CURSORED, *APART, *PAGED)]
    seen: dict[str, int | str] = {"deal": 1, "lead": lead, "person": 1, "organization": 1, "product": 1}
    reads += [api.permitted_users(key, entity) for entity, key in seen.items()]
    reads += [api.followers(1, entity) for entity in FOLLOWED]
    reads += [api.deals_summary(status="open", user_id=1, pipeline_id=1)]
    reads += [api.newest_leads(), api.newest_notes(deal_id=1), api.deals_with_leads()]
    assert [number for number, read in enumerate(reads) if read == []] == []
    write(api, lead)


def write(api: PipedriveApi, lead: str) -> None:
    """Make every write that the product makes."""
    assert api.change_deal(1, stage_id=3, owner_id=2)["stage_id"] == 3
    assert api.change_deal(1, status="lost", lost_reason="price")["status"] == "lost"
    assert api.change_lead(lead, owner_id=2)["owner_id"] == 2
    note = api.add_note("Called", deal_id=1)
    assert api.change_note(note["id"], "Called twice")["content"] == "Called twice"
    made = api.add_activity(subject="Call", type="call", deal_id=1, due_date="2026-11-22", owner_id=1)
    assert api.finish_activity(made["id"])["done"] is True
    make_lead(api)
    webhook = api.add_webhook("http://127.0.0.1/hear", "deal", "Pipenotify deal", "pd", "secret")
    assert [one["id"] for one in api.webhooks()] == [webhook["id"]]
    api.remove_webhook(webhook["id"])
    api.remove_webhook(webhook["id"])


def make_lead(api: PipedriveApi) -> None:
    """Make a lead with its person and organization, find these, and make a deal of it."""
    place = api.add_organization(name="Hooli")["id"]
    mail = [{"value": "jana@hooli.test", "primary": True, "label": "work"}]
    person = api.add_person(name="Jana", emails=mail, org_id=place)["id"]
    assert [each["id"] for each in api.search_organizations("Hooli")] == [place]
    assert [each["id"] for each in api.search_persons("jana@hooli.test")] == [person]
    assert next(each["id"] for each in api.newest_contacts("person")) == person
    assert next(each["id"] for each in api.newest_contacts("organization")) == place
    value = {"amount": 5.5, "currency": "EUR"}
    about: dict[str, Any] = {"person_id": person, "organization_id": place, "origin_id": "x", "value": value}
    api.delete_lead(api.add_lead(title="Old fair", **about)["id"])
    lead = api.add_lead(title="Fair", **about)["id"]
    assert [each["origin_id"] for each in api.newest_leads(person_id=person)] == ["x"]
    of_place = (
        ("lead", {"organization_id": place}),
        ("person", {"org_id": place}),
        ("note", {"org_id": place}),
    )
    assert [api.has_any(entity, **by) for entity, by in of_place] == [True, True, False]
    assert [api.has_any(entity, person_id=person) for entity in ("deal", "activity")] == [False, False]
    api.delete_organization(api.add_organization(name="Hooli Two")["id"])
    api.delete_person(api.add_person(name="Jana Two")["id"])
    job = api.convert_lead(lead)["conversion_id"]
    assert api.conversion(lead, job)["status"] in ("running", "completed")


def test_every_call_of_the_client_and_every_answer_to_it_is_documented(
    pipedrive: FakePipedrive, api: PipedriveApi
) -> None:
    (lead,) = (one["id"] for one in pipedrive.store.all("lead"))
    with judged(pipedrive) as seen:
        use_all_of(api, lead)

    asked = {(one.method, one.template) for call in seen if (one := operation(*call.split(" ", 1)))}
    assert asked == {(method, plain(path)) for method, path in COSTS}


def read_all(api: Api, lead: str) -> None:
    """Call every endpoint that reads, with the existing data."""
    for route in ROUTES:
        if route.method == "GET" and "{other}" not in route.template:
            key = lead if "leads" in route.template else "1"
            query = {"term": "globex"} if route.does == "search" else {}
            assert api.get(route.template.replace("{id}", key), **query).status_code == 200, route
    assert api.get("/api/v2/deals", limit=2).json()["additional_data"]["next_cursor"]
    assert api.get("/api/v2/deals", status="deleted").json()["data"]
    assert api.get("/v1/leads", sort="update_time").json()["data"]


def write_all(api: Api, lead: str) -> None:
    """Make, change and delete one of each kind, and convert the lead."""
    for path, name, made in (
        ("/api/v2/deals", "title", 200),
        ("/api/v2/persons", "name", 200),
        ("/api/v2/organizations", "name", 200),
        ("/api/v2/activities", "subject", 200),
        ("/api/v2/products", "name", 201),
        ("/v1/leads", "title", 201),
    ):
        answer = api.post(path, {name: "New"} | ({"person_id": 1} if "leads" in path else {}))
        key = answer.json()["data"]["id"]
        assert answer.status_code == made
        assert api.patch(f"{path}/{key}", **{name: "Newer"}).status_code == 200
        assert api.delete(f"{path}/{key}").status_code == 200
    note = api.post("/v1/notes", {"content": "x", "deal_id": 1}).json()["data"]["id"]
    assert api.ask("PUT", f"/v1/notes/{note}", json={"content": "y"}).status_code == 200
    assert api.delete(f"/v1/notes/{note}").status_code == 200
    number = api.post(f"/api/v2/leads/{lead}/convert/deal", {}).json()["data"]["conversion_id"]
    assert api.get(f"/api/v2/leads/{lead}/convert/status/{number}").status_code == 200


def test_every_door_of_the_stand_in_answers_as_documented(pipedrive: FakePipedrive) -> None:
    (lead,) = (one["id"] for one in pipedrive.store.all("lead"))
    pipedrive.oauth.scope += ",contacts:full,products:full"
    api = Api(pipedrive)
    wish = {"subscription_url": "http://127.0.0.1/x", "event_action": "*", "event_object": "*", "name": "n"}
    with judged(pipedrive) as seen:
        read_all(api, lead)
        write_all(api, lead)
        webhook = api.post("/v1/webhooks", wish).json()["data"]["id"]
        assert [api.delete(f"/v1/webhooks/{webhook}").status_code for _ in range(2)] == [200, 404]
        assert api.post("/v1/webhooks", {"name": "incomplete"}).status_code == 400
        assert api.get("/v1/leads/b1810230-6c0d-11ed-9826-a53d0eb706a5").status_code == 404

    asked = {(one.method, one.template) for call in seen if (one := operation(*call.split(" ", 1)))}
    assert asked == {(route.method, plain(route.template)) for route in ROUTES}


def test_every_door_costs_and_opens_as_documented() -> None:
    documented = {(one.method, one.template): one for one in operations()}
    differences = []
    for route in ROUTES:
        theirs = documented[route.method, plain(route.template)]
        if route.cost != theirs.cost:
            differences.append(f"{route.template} costs {theirs.cost}, not {route.cost}")
        if route.scopes != theirs.scopes and theirs.template not in WIDER:
            differences.append(f"{route.template} opens by {theirs.scopes}, not {set(route.scopes)}")
    assert differences == []


def test_the_ledger_and_the_stand_in_agree_on_what_a_call_costs(
    pipedrive: FakePipedrive, api: PipedriveApi
) -> None:
    (lead,) = (one["id"] for one in pipedrive.store.all("lead"))
    use_all_of(api, lead)
    calls = pipedrive.companies[12345].budget.calls
    paid = {(method, plain(template)): cost for method, template, cost in calls}
    assert paid == {(method, plain(template)): cost for (method, template), cost in COSTS.items()}


@pytest.mark.parametrize(
    ("request_", "problem"),
    [
        (("GET", "/v1/users", {"limit": "5"}, None), "the query has no limit"),
        (("GET", "/api/v2/deals", {"limit": "many"}, None), "limit cannot be 'many'"),
        (("GET", "/api/v2/deals", {"sort_by": "colour"}, None), "sort_by cannot be 'colour'"),
        (("GET", "/v1/deals", {}, None), "is not documented"),
        (("PATCH", "/api/v2/deals/1", {}, b'{"stage_id": "3"}'), 'is not of type "integer"'),
        (("PATCH", "/api/v2/deals/1", {}, b'{"colour": 3}'), "the body has no colour"),
        (("GET", "/v1/users/me", {}, b"{}"), "has no body"),
    ],
)
def test_the_judge_sees_a_wrong_request(
    request_: tuple[str, str, dict[str, str], bytes | None], problem: str
) -> None:
    method, path, query, body = request_
    found = problems(Request(method, path, query, {}, body or b""), Answer(200, b"{}"))
    assert any(problem in one for one in found), found


@pytest.mark.parametrize(
    ("status", "body", "problem"),
    [
        (200, b'{"success": true, "data": {"id": "1"}}', 'is not of types "null", "integer"'),
        (200, b'{"success": true, "data": {"colour": 1}}', "the answer has no colour"),
        (202, b"{}", "this status is not documented"),
    ],
)
def test_the_judge_sees_a_wrong_answer(status: int, body: bytes, problem: str) -> None:
    found = problems(Request("GET", "/v1/users/me", {}, {}, b""), Answer(status, body))
    assert any(problem in one for one in found), found


def test_the_judge_lets_what_is_right_pass() -> None:
    body = b'{"success": true, "data": {"id": 1, "phone": null, "is_admin": 1}}'
    assert problems(Request("GET", "/api/v1/users/me", {}, {}, b""), Answer(200, body)) == []
