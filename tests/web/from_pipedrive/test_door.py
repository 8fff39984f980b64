"""Pipedrive's webhook endpoint: every row of the contract's table."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import orjson
import pytest

from models.connections.webhooks import add_credential
from models.database.engine import Database
from models.security.vault import Vault
from tests.conftest import TwoTenants
from tests.engine import deal
from tests.web.door import PASSWORD, Door, basic, give_credential
from web.from_pipedrive.door import MOST_BYTES, PATH
from web.health.metrics import ACKNOWLEDGED, EVENTS, OUTCOMES


@pytest.fixture
def door(database: Database, vault: Vault, tenants: TwoTenants) -> Door:
    give_credential(database, vault, tenants.ours, "k-acme")
    give_credential(database, vault, tenants.theirs, "k-umbrella", "other")
    return Door(database, vault)


def _counts() -> dict[str, float]:
    return {each: EVENTS.labels(each)._value.get() for each in OUTCOMES}


@pytest.mark.parametrize(
    "body",
    [
        deal(1),
        {},
        {"meta": None},
        {"meta": {"entity": "webhook", "id": "1", "webhook_id": 2}},
        {"meta": {"entity": "deal", "id": "\x00", "webhook_id": "\x00", "entity_id": "1"}},
        {"meta": {"entity": "deal", "id": "é" * 500, "webhook_id": "w" * 5000}},
        {"meta": {"entity": "deal", "id": "\u202e" * 60, "webhook_id": "☃" * 60}},
        {"\x00": "\x00"},
        {"event": "updated.deal", "current": {"id": 1}},
        {"meta": deal(1)["meta"] | {"company_id": "another"}},
        deal(2) | {"data": None},
    ],
)
def test_any_object_with_the_right_credentials_is_stored(
    door: Door, tenants: TwoTenants, body: dict[str, Any]
) -> None:
    assert door.post(body).status == 200
    assert len(door.events(tenants.ours)) == 1
    assert door.events(tenants.theirs) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b"{",
        b"NaN",
        b"\xff\xfe",
        b"\xef\xbb\xbf[]",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b"1" * 5000,
        b"\x00",
    ],
)
def test_what_is_no_object_is_refused_and_its_bytes_kept(door: Door, tenants: TwoTenants, raw: bytes) -> None:
    before = _counts()

    assert door.post(raw).status == 400

    (kept,) = door.events(tenants.ours)
    assert (kept.state, kept.raw) == ("unparsed", raw)
    assert _counts() == before | {"unparsed": before["unparsed"] + 1}
    assert door.stored == []


@pytest.mark.parametrize(
    "raw",
    [
        b'{"a":' * 5000 + b"1" + b"}" * 5000,
        rb'{"title": "half \ud83d"}',
        b"\xef\xbb\xbf{}",
        b"\xef\xbb\xbf" + b'{"a":' * 5000 + b"1" + b"}" * 5000,
    ],
)
def test_an_object_that_is_hard_to_read_is_taken_all_the_same(
    door: Door, tenants: TwoTenants, raw: bytes
) -> None:
    assert door.post(raw).status == 200
    assert [each.raw for each in door.events(tenants.ours)] == [raw]


def test_an_entity_outside_the_list_is_counted_once(door: Door, tenants: TwoTenants) -> None:
    before = _counts()

    assert door.post({"meta": {"entity": "mailThread", "id": "1", "webhook_id": "2"}}).status == 200

    assert _counts() == before | {"ignored": before["ignored"] + 1}
    assert door.events(tenants.ours)[0].state == "ignored"


@pytest.mark.parametrize(("size", "status"), [(MOST_BYTES, 200), (MOST_BYTES + 1, 413)])
def test_a_body_may_have_one_mebibyte(door: Door, tenants: TwoTenants, size: int, status: int) -> None:
    body = b'{"a":"' + b"x" * (size - 8) + b'"}'
    assert len(body) == size

    assert door.post(body).status == status
    assert door.post(body, CONTENT_LENGTH=None).status == status  # chunked: without a length
    assert len(door.events(tenants.ours)) == (status == 200)


def test_a_chunked_body_is_taken(door: Door, tenants: TwoTenants) -> None:
    assert door.post(deal(1), CONTENT_LENGTH=None, HTTP_TRANSFER_ENCODING="chunked").status == 200
    assert len(door.events(tenants.ours)) == 1


def test_a_body_that_ends_early_is_not_stored(door: Door, tenants: TwoTenants) -> None:
    assert door.post(b"{}", CONTENT_LENGTH="999").status == 400
    assert door.events(tenants.ours) == []


def test_a_length_that_is_none_breaks_nothing(door: Door) -> None:
    said = [door.post(b"{}", CONTENT_LENGTH=length).status for length in ("abc", "-1", "1e3")]

    assert said == [200] * 3


@pytest.mark.parametrize(
    ("asked", "status", "code"),
    [
        ({"body": b"[]"}, 400, "VALIDATION_ERROR"),
        ({"method": "PUT"}, 405, "METHOD_NOT_ALLOWED"),
        ({"HTTP_CONTENT_ENCODING": "gzip"}, 415, "UNSUPPORTED_MEDIA_TYPE"),
    ],
)
def test_a_refusal_has_the_envelope_of_errors(door: Door, asked: Any, status: int, code: str) -> None:
    answer = door.post(**asked)
    found = orjson.loads(answer.body)
    assert (answer.status, found["success"], found["code"], found["details"]) == (status, False, code, [])
    assert found["request_id"] == dict(answer.headers)["X-Request-ID"]


def test_an_encoded_body_is_refused(door: Door) -> None:
    assert door.post(b"\x1f\x8b", HTTP_CONTENT_ENCODING="gzip").status == 415
    assert door.post(b"{}", HTTP_CONTENT_ENCODING="identity").status == 200


def test_only_post_comes_in(door: Door) -> None:
    said = [door.post(method=method) for method in ("GET", "PUT", "DELETE", "HEAD")]

    assert [(each.status, each.headers["Allow"]) for each in said] == [(405, "POST")] * 4


def test_other_paths_go_on_inside(door: Door) -> None:
    others = ("/", "/health", f"{PATH}s", "/api/v1/webhook")
    assert [door.app.is_for(path) for path in (*others, PATH, f"{PATH}/", f"{PATH}/k")] == [False] * 4 + [
        True
    ] * 3


def test_the_key_may_come_as_the_user_name(door: Door, tenants: TwoTenants) -> None:
    assert door.post(deal(1), path=PATH, authorization=basic("k-acme", PASSWORD)).status == 200
    assert door.post(deal(2), path=f"{PATH}/", authorization=basic("k-umbrella", "other")).status == 200
    assert [len(door.events(each)) for each in tenants] == [1, 1]


def test_one_slash_behind_the_address_is_taken(door: Door, tenants: TwoTenants) -> None:
    assert door.post(deal(1), path=f"{PATH}/k-acme/").status == 200
    assert door.post(deal(2), path=f"{PATH}/k-acme//").status == 401
    assert [len(door.events(each)) for each in tenants] == [1, 0]


def test_a_repeat_is_a_no_op(door: Door, tenants: TwoTenants) -> None:
    body = deal(1)
    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(lambda _: door.post(body).status, range(20)))
    again = door.post(body | {"retry": 1} | {"meta": body["meta"] | {"attempt": 2}})

    assert said == [200] * 20
    assert again.status == 200
    assert len(door.events(tenants.ours)) == 1
    assert [sum(each) for each in zip(*door.stored, strict=True)] == [1, 20]


def test_the_same_id_in_another_tenant_is_another_event(door: Door, tenants: TwoTenants) -> None:
    body = deal(1)
    door.post(body)
    door.post(body, path=f"{PATH}/k-umbrella", authorization=basic("pd", "other"))

    assert [len(door.events(each)) for each in tenants] == [1, 1]


def test_a_database_that_refuses_is_said_and_nothing_is_counted(
    door: Door, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    door.post(deal(1))
    before = _counts()
    with monkeypatch.context() as broken:
        broken.setattr("models.events.store.store", _refuse)
        said = [door.post(deal(2)), door.post({"meta": {"entity": "x"}}), door.post(b"[]")]

    assert [each.status for each in said] == [503] * 3
    assert all(int(each.headers["Retry-After"]) > 0 for each in said)
    assert _counts() == before
    assert door.post(deal(3)).status == 200
    assert len(door.events(tenants.ours)) == 2


def _refuse(*_: object) -> int:
    from sqlalchemy.exc import OperationalError

    raise OperationalError("INSERT", {}, Exception("disk full"))


def test_a_locked_record_holds_the_answer_back_until_it_is_free(door: Door, tenants: TwoTenants) -> None:
    door.post(deal(1))  # the credentials are cached
    done = threading.Event()

    def post() -> int:
        status = door.post(deal(2)).status
        done.set()
        return status

    with ThreadPoolExecutor(1) as pool:
        if door.database.is_sqlite:
            with door.database.writing_all():
                said = pool.submit(post)
                assert not done.wait(0.3)
        else:
            said = pool.submit(post)
        assert said.result(30) == 200


def test_while_our_webhooks_are_replaced_both_tell_of_a_change_and_it_is_one(
    door: Door, vault: Vault, tenants: TwoTenants
) -> None:
    with door.database.writing(tenants.ours) as session:
        old, new = (add_credential(session, vault, tenants.ours) for _ in range(2))
    first, second = deal(1), deal(2)
    for carried, webhook_id in ((old, "10"), (new, "11")):
        for told in (first, second):
            meta = told["meta"] | {"webhook_id": webhook_id, "id": f"{webhook_id}-{told['meta']['id']}"}
            said = door.post(
                told | {"meta": meta},
                path=f"{PATH}/{carried.key}",
                authorization=basic(carried.user, carried.password),
            )
            assert said.status == 200

    assert len(door.events(tenants.ours)) == 2
    assert len(door.stored) == 4


def _v1(old: int, new: int, micro: int) -> dict[str, Any]:
    meta = {
        "v": 1,
        "action": "updated",
        "object": "deal",
        "id": 7,
        "webhook_id": "55",
        "timestamp": 1795777200,
    }
    values = [{"id": 7, "title": "Big", "value": value, "status": "open"} for value in (new, old)]
    meta["timestamp_micro"] = 1795777200_000000 + micro
    return {"v": 1, "meta": meta, "current": values[0], "previous": values[1], "event": "updated.deal"}


def test_a_change_that_comes_back_within_a_second_is_three_events_of_one_webhook(
    door: Door, tenants: TwoTenants
) -> None:
    for old, new, micro in ((1, 2, 10), (2, 1, 20), (1, 2, 30), (1, 2, 30)):
        assert door.post(_v1(old, new, micro)).status == 200
    assert len(door.events(tenants.ours)) == 3


def _acknowledged() -> float:
    return next(
        each.value
        for family in ACKNOWLEDGED.collect()
        for each in family.samples
        if each.name.endswith("_count")
    )


def test_the_time_of_each_acknowledgement_is_measured_and_of_nothing_else(door: Door) -> None:
    before = _acknowledged()
    assert door.post(deal(1)).status == 200
    assert door.post(b"[]").status == 400
    assert _acknowledged() == before + 1
