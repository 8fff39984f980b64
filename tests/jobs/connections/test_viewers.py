"""Who may see a missed change: as few calls as possible, and never too many users."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from jobs.connections.viewers import Viewers
from models.pipedrive.change import Change, read
from tests.jobs.pipedrive_talk import talking

STATE: dict[str, Any] = {"id": 42, "owner_id": 7, "visible_to": "3"}


def told(**data: Any) -> Change:
    meta = {"action": "change", "entity": "deal", "entity_id": "42", "permitted_user_ids": ["7", "9"]}
    change = read({"meta": meta, "data": STATE | data, "previous": {"title": "Old"}})
    assert change is not None
    return change


def test_what_the_last_webhook_said_holds_while_owner_and_visibility_do() -> None:
    with talking(lambda _: {"data": [7]}) as (api, asked):
        viewers = Viewers(api)
        assert viewers.of("deal", "42", STATE, told()) == ["7", "9"]
        assert asked == []
        assert viewers.of("deal", "42", STATE, told(owner_id=8)) == ["7"]
        assert len(asked) == 1


def test_one_question_serves_all_of_one_owner_and_visibility() -> None:
    with talking(lambda _: {"data": [9, 7]}) as (api, asked):
        viewers = Viewers(api)
        for number in ("42", "43"):
            assert viewers.of("deal", number, STATE, None) == ["7", "9"]
        viewers.of("deal", "44", STATE | {"owner_id": 8}, None)
        viewers.of("person", "42", STATE, None)
    assert [request.url.path for request in asked] == [
        "/v1/deals/42/permittedUsers",
        "/v1/deals/44/permittedUsers",
        "/v1/persons/42/permittedUsers",
    ]


def test_followers_make_a_circle_of_its_own() -> None:
    with talking(lambda _: {"data": [7]}) as (api, asked):
        viewers = Viewers(api)
        for number in ("42", "43", "43"):
            viewers.of("deal", number, STATE | {"visible_to": "1"}, None)
    assert len(asked) == 2


def test_an_activity_is_seen_by_whoever_sees_its_deal() -> None:
    with talking(lambda _: {"data": [7]}) as (api, asked):
        viewers = Viewers(api)
        for number in ("1", "2"):
            assert viewers.of("activity", number, {"owner_id": 8, "deal_id": 42, "org_id": 3}, None) == ["7"]
        assert viewers.of("note", "3", {"user_id": 8, "lead_id": "uuid"}, None) == ["7"]
        assert viewers.of("activity", "4", {"owner_id": 8, "deal_id": None}, None) is None
    assert [request.url.path for request in asked] == [
        "/v1/deals/42/permittedUsers",
        "/v1/leads/uuid/permittedUsers",
    ]


@pytest.mark.parametrize("status", [403, 404])
def test_where_pipedrive_does_not_tell_it_is_the_owner_alone(status: int) -> None:
    with talking(lambda _: httpx.Response(status, json={"success": False})) as (api, _):
        assert Viewers(api).of("deal", "42", STATE, None) == ["7"]
        assert Viewers(api).of("deal", "42", {"visible_to": "3"}, None) == []
