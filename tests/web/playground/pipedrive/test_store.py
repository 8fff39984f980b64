"""A change reports exactly the changed fields."""

from typing import Any

import pytest

from tests.web.playground.app_stub import AppStub
from tests.web.playground.crm_talk import heard
from web.playground.pipedrive.server import FakePipedrive


@pytest.mark.parametrize(
    ("action", "arguments", "touched"),
    [
        ("move_deal", {"stage_id": 4}, {"stage_id"}),
        ("move_deal", {"stage_id": 6}, {"stage_id", "pipeline_id"}),
        ("change_value", {"value": 1}, {"value"}),
        ("win_deal", {}, {"status", "won_time", "close_time", "first_won_time", "update_time"}),
        (
            "lose_deal",
            {"lost_reason": "price"},
            {"status", "lost_time", "close_time", "lost_reason", "update_time"},
        ),
    ],
)
def test_a_change_names_exactly_what_it_touched(
    pipedrive: FakePipedrive, subscriber: AppStub, action: str, arguments: dict[str, Any], touched: set[str]
) -> None:
    pipedrive.do(action, id=1, **arguments)
    (body,) = heard(pipedrive, subscriber)
    assert body["previous"].keys() == touched
    assert body["data"]["id"] == 1


def test_a_change_to_the_present_value_is_no_change(pipedrive: FakePipedrive, subscriber: AppStub) -> None:
    pipedrive.do("change_value", id=1, value=12_000)
    assert heard(pipedrive, subscriber) == []


def test_a_deletion_carries_the_last_state(pipedrive: FakePipedrive, subscriber: AppStub) -> None:
    pipedrive.do("delete_deal", id=1)
    (body,) = heard(pipedrive, subscriber)
    assert body["data"] is None
    assert body["previous"]["title"] == "Globex renewal"


def test_a_merge_is_a_deletion_and_a_change(pipedrive: FakePipedrive, subscriber: AppStub) -> None:
    pipedrive.do("merge_deals", id=1, into=2)
    metas = {body["meta"]["action"]: body["meta"] for body in heard(pipedrive, subscriber)}
    assert metas["delete"]["merged_to_id"] == "2"
    assert metas["change"]["merged_from_id"] == "1"
