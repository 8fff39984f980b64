"""Records in the forms of events and of REST."""

import httpx

from tests.web.playground.app_stub import AppStub
from tests.web.playground.crm_talk import heard
from web.playground.pipedrive.server import FakePipedrive


def test_custom_fields_are_typed_in_events_and_bare_in_rest(
    pipedrive: FakePipedrive, pipedrive_api: httpx.Client, subscriber: AppStub
) -> None:
    codes = {field.name: field.code for field in pipedrive.store.custom_fields["deal"]}
    priority, region = codes["Priority"], codes["Region"]
    pipedrive_api.patch("/api/v2/deals/1", json={"custom_fields": {priority: 3, region: [11, 12]}})
    (body,) = heard(pipedrive, subscriber)
    assert body["data"]["custom_fields"][priority] == {"type": "enum", "id": 3}
    assert body["data"]["custom_fields"][region] == {"type": "set", "values": [{"id": 11}, {"id": 12}]}
    assert body["previous"] == {"custom_fields": {priority: None, region: None}}
    assert pipedrive_api.get("/api/v2/deals/1").json()["data"]["custom_fields"] == {
        priority: 3,
        region: [11, 12],
    }
