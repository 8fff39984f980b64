"""Two webhooks that report one change have one key; two changes have two."""

from __future__ import annotations

import json
from typing import Any

import pytest

from models.pipedrive.dedup_key import change_key, content_key, source_key, webhook_of
from tests.models.pipedrive.webhook import v2


def key(body: Any) -> str:
    return content_key(body, json.dumps(body).encode())


def won(**meta: Any) -> dict[str, Any]:
    data = {"id": 8, "status": "won", "update_time": "2026-11-20T12:00:00Z"}
    return v2("change", "deal", previous={"status": "open"}, data=data, **meta)


def test_one_change_has_one_key_whichever_webhook_tells_of_it_and_whenever() -> None:
    first = won(id="e1", webhook_id="1", attempt=1, timestamp="2026-11-20T12:00:00.100Z", correlation_id="a")
    twin = won(id="e2", webhook_id="2", attempt=2, timestamp="2026-11-20T12:00:00.900Z", correlation_id="b")

    assert key(first) == key(twin)
    assert len(key(first)) <= 255


@pytest.mark.parametrize(
    "other",
    [
        won() | {"previous": {"status": "lost"}},
        won() | {"data": {"id": 8, "status": "won", "update_time": "2026-11-20T12:00:01Z"}},
        won(entity_id="9"),
        won(user_id="77"),
        v2("create", "deal", previous=None, data=won()["data"]),
        v2("change", "lead", previous={"status": "open"}, data=won()["data"]),
    ],
    ids=["before", "after", "object", "who", "action", "entity"],
)
def test_what_differs_is_another_change(other: dict[str, Any]) -> None:
    assert key(other) != key(won())


@pytest.mark.parametrize("body", [[], {"event": "updated.deal"}, {"meta": {"object": "deal"}}, {"meta": 7}])
def test_whatever_is_no_v2_body_keeps_its_ordinary_key(body: Any) -> None:
    assert key(body) == source_key(body, json.dumps(body).encode())


def test_what_is_too_deep_keeps_its_ordinary_key() -> None:
    deep: dict[str, Any] = {}
    for _ in range(100_000):
        deep = {"a": deep}
    body = {"meta": {"entity": "deal"}, "data": deep}

    assert content_key(body, b"raw") == source_key(body, b"raw")
    while deep:  # Python takes a nest of this depth apart from outside in, or not at all
        deep = deep["a"]


def told_by(webhook: Any, **meta: Any) -> dict[str, Any]:
    return v2(previous={"status": "open"}, webhook_id=webhook, **meta)


def test_a_change_has_one_key_whichever_webhook_tells_it() -> None:
    one = told_by("1", id="a", attempt=1, webhook_owner_id="7")
    other = told_by(2, id="b", attempt=3, webhook_owner_id="8", timestamp="2026-11-20T12:00:00.900Z")

    assert change_key(one) == change_key(other) is not None
    assert (webhook_of(one), webhook_of(other)) == ("1", "2")
    assert source_key(one, b"").startswith("1:")


@pytest.mark.parametrize(
    "other",
    [
        {"timestamp": "2026-11-20T12:00:01.000Z"},
        {"entity": "lead"},
        {"entity_id": "9"},
        {"action": "create"},
        {"merged_to_id": "5"},
    ],
)
def test_another_change_has_another_key(other: dict[str, Any]) -> None:
    assert change_key(told_by("1")) != change_key(told_by("2", **other))


def test_other_content_has_another_key() -> None:
    assert change_key(told_by("1")) != change_key(v2(previous={"status": "lost"}, webhook_id="2"))
    assert change_key(told_by("1")) != change_key(
        v2(previous={"status": "open"}, data={"value": 1}, webhook_id="2")
    )


@pytest.mark.parametrize(
    "body",
    [
        {},
        [],
        {"meta": None},
        {"event": "deal.won", "current": {"id": 1}},
        told_by(None),
        told_by("1", timestamp=None),
        told_by("1", entity_id=None),
        told_by("1", action=None),
        v2(data={"value": 10**30}, webhook_id="1"),
    ],
)
def test_what_does_not_say_which_change_it_tells_has_no_such_key(body: Any) -> None:
    assert change_key(body) is None


def test_v1_says_it_too() -> None:
    meta = {"v": 1, "object": "deal", "id": 8, "action": "updated", "timestamp": 1795165200}
    body = {"meta": meta | {"webhook_id": "1"}, "current": {"id": 8}, "previous": {"id": 8}, "retry": 0}
    other = body | {"meta": meta | {"webhook_id": "2"}, "retry": 1}

    assert change_key(body) == change_key(other) is not None
    assert change_key(body) != change_key(body | {"meta": meta | {"webhook_id": "1", "id": 9}})


def test_a_key_of_long_ids_fits_its_column() -> None:
    meta = {"entity": "deal", "entity_id": "1", "webhook_id": "w" * 100}
    keys = {source_key({"meta": meta | {"id": each * 100}}, b"") for each in "ab"}
    assert len(keys) == 2
    assert all(len(each) <= 128 for each in keys)
