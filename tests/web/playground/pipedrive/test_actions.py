"""A user's actions in Pipedrive's pages."""

from typing import Any

import pytest

from tests.web.playground.app_stub import AppStub
from tests.web.playground.crm_talk import heard
from web.playground.pipedrive.consequences import CrmError
from web.playground.pipedrive.server import FakePipedrive


def test_bulk_edits_say_that_they_are(pipedrive: FakePipedrive, subscriber: AppStub) -> None:
    pipedrive.do("bulk_edit", ids=[1, 2], owner_id=2)
    assert [body["meta"]["is_bulk_edit"] for body in heard(pipedrive, subscriber)] == [True]


def test_an_import_tells_of_every_deal(pipedrive: FakePipedrive, subscriber: AppStub) -> None:
    assert pipedrive.do("bulk_import", count=50) == {"count": 50}
    bodies = heard(pipedrive, subscriber)
    assert len({body["meta"]["id"] for body in bodies}) == 50


@pytest.mark.parametrize(
    ("action", "arguments", "said"),
    [
        ("explode", {}, "no action"),
        ("_named", {}, "no action"),
        ("win_deal", {"id": 999}, "no deal 999"),
        ("win_deal", {"nonsense": 1}, "nonsense"),
        ("follow_deal", {"id": 999, "follower_id": 1}, "no deal 999"),
        ("follow_deal", {"id": 1, "follower_id": 99}, "no user 99"),
        ("bulk_import", {"count": 0}, "1 to"),
        ("create_deal", {"title": ""}, "needs a name"),
        ("create", {"entity": "cat"}, "no kind cat"),
        ("edit", {"entity": "cat", "id": 1}, "no kind cat"),
        ("delete", {"entity": "cat", "id": 1}, "no kind cat"),
        ("create_field", {"entity": "user", "name": "x"}, "no fields"),
        ("change_value", {"id": 1, "value": "many"}, "number"),
    ],
)
def test_what_cannot_be_done_is_said(
    pipedrive: FakePipedrive, action: str, arguments: dict[str, Any], said: str
) -> None:
    with pytest.raises(CrmError, match=said):
        pipedrive.do(action, **arguments)


@pytest.mark.parametrize(
    "entity", ["product", "project", "task", "board", "phase", "pipeline", "stage", "user"]
)
def test_anything_can_be_made_changed_and_deleted(
    pipedrive: FakePipedrive, subscriber: AppStub, entity: str
) -> None:
    name = "title" if entity in ("project", "task") else "name"
    new, newer = dict[str, Any]({name: "New"}), dict[str, Any]({name: "Newer"})
    made = pipedrive.do("create", entity=entity, **new)
    pipedrive.do("edit", entity=entity, id=made["id"], **newer)
    pipedrive.do("delete", entity=entity, id=made["id"])
    told = [body["meta"] for body in heard(pipedrive, subscriber)]
    last = "change" if entity == "user" else "delete"
    assert sorted(meta["action"] for meta in told) == sorted(["create", "change", last])
    assert {meta["entity"] for meta in told} == {entity}


def test_with_a_project_its_tasks_are_deleted(pipedrive: FakePipedrive, subscriber: AppStub) -> None:
    project = pipedrive.do("create", entity="project", title="Roll-out")
    pipedrive.do("create", entity="task", title="Order", project_id=project["id"])
    pipedrive.do("delete", entity="project", id=project["id"])
    told = [(body["meta"]["action"], body["meta"]["entity"]) for body in heard(pipedrive, subscriber)]
    assert ("delete", "task") in told


def test_a_new_field_needs_notice_as_a_definition(pipedrive: FakePipedrive, subscriber: AppStub) -> None:
    pipedrive.do("create_field", entity="deal", name="Segment", kind="enum", options=["Small", "Large"])
    (body,) = heard(pipedrive, subscriber)
    assert (body["meta"]["entity"], body["data"]["field_name"]) == ("deal_field", "Segment")
    assert body["meta"]["entity_id"] == body["data"]["field_code"]
    assert [option["label"] for option in body["data"]["options"]] == ["Small", "Large"]


def test_a_converted_lead_is_archived(pipedrive: FakePipedrive) -> None:
    lead = pipedrive.do("create_lead", title="Inbound")
    deal = pipedrive.do("convert_lead", id=lead["id"])
    assert deal["title"] == "Inbound"
    assert pipedrive.store.get("lead", lead["id"])["is_archived"] is True
