"""Our writes have the form that Pipedrive wants."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from jobs.to_pipedrive.api import PipedriveApi
from jobs.to_pipedrive.http import PipedriveWire
from tests.jobs.pipedrive_talk import talking
from web.playground.pipedrive.server import FakePipedrive


@pytest.mark.parametrize(
    ("write", "method", "path", "body"),
    [
        (lambda api: api.change_deal(7, stage_id=3), "PATCH", "/api/v2/deals/7", {"stage_id": 3}),
        (
            lambda api: api.change_deal("7", status="lost", lost_reason="Price"),
            "PATCH",
            "/api/v2/deals/7",
            {"status": "lost", "lost_reason": "Price"},
        ),
        (
            lambda api: api.add_note("<b>Hi</b>", deal_id=7),
            "POST",
            "/v1/notes",
            {"content": "<b>Hi</b>", "deal_id": 7},
        ),
        (
            lambda api: api.add_activity(subject="Call", type="call", deal_id=7, done=True),
            "POST",
            "/api/v2/activities",
            {"subject": "Call", "type": "call", "deal_id": 7, "done": True},
        ),
        (lambda api: api.finish_activity(5), "PATCH", "/api/v2/activities/5", {"done": True}),
    ],
    ids=["stage", "lost", "note", "activity", "done"],
)
def test_a_write_is_one_request(
    write: Callable[[PipedriveApi], Any], method: str, path: str, body: dict[str, Any]
) -> None:
    with talking(lambda _: {"success": True, "data": {"id": 7}}) as (api, asked):
        assert write(api) == {"id": 7}

    assert [(request.method, request.url.path) for request in asked] == [(method, path)]
    assert json.loads(asked[0].content) == body


@pytest.mark.parametrize("answer", [httpx.Response(200), httpx.Response(200, json={"data": None})])
def test_a_write_that_was_done_without_a_word_is_done(answer: httpx.Response) -> None:
    with talking(lambda _: answer) as (api, _):
        assert api.change_deal(7, stage_id=3) == {}


def test_the_playground_takes_every_write() -> None:
    wire = PipedriveWire()
    with FakePipedrive() as pipedrive:
        api = PipedriveApi(pipedrive.url, pipedrive.oauth.grant(1)["access_token"], wire)
        won = api.change_deal(1, status="won")
        note = api.add_note("<p>Well done</p>", deal_id=1)
        call = api.add_activity(subject="Say thanks", type="call", deal_id=1)
        done = api.finish_activity(call["id"])
        stored = pipedrive.store.get("deal", 1)["status"]
    wire.close()

    assert (won["status"], stored) == ("won", "won")
    assert note["content"] == "<p>Well done</p>"
    assert (call["done"], done["done"]) == (False, True)
