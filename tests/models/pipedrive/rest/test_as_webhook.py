"""An object from REST equals one from a webhook, for any entity and custom fields."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipedrive.change import read
from models.pipedrive.entity import ENTITIES
from models.pipedrive.rest.as_webhook import (
    custom_codes,
    data_of,
    done_at,
    is_gone,
    kinds_of,
    updater_of,
    written,
)
from models.pipedrive.webhook.parsed import moment_of, state
from web.playground.pipedrive.records import CustomField
from web.playground.pipedrive.server import FakePipedrive
from web.playground.pipedrive.store import ApiUser

CUSTOM: Final = {
    "Region": ("varchar", "North"),
    "Tier": ("enum", 12),
    "Tags": ("set", [11, 12]),
    "Fee": ("monetary", {"value": 500, "currency": "EUR"}),
    "Size": ("double", 3.5),
    "Buddy": ("user", 2),
    "Since": ("date", "2026-11-01"),
    "Nothing": ("varchar", None),
}
PATHS: Final = {
    "deal": "/api/v2/deals",
    "person": "/api/v2/persons",
    "organization": "/api/v2/organizations",
    "activity": "/api/v2/activities",
    "product": "/api/v2/products",
    "lead": "/v1/leads",
    "note": "/v1/notes",
}
FIELDS: Final[dict[str, dict[str, Any]]] = {
    "deal": {"title": "Acme renewal", "value": 12500, "status": "won"},
    "person": {"name": "Grace Hopper", "emails": [{"label": "work", "primary": True, "value": "g@x.io"}]},
    "organization": {"name": "Acme Ltd", "website": "https://acme.example.com"},
    "activity": {"subject": "Call Grace", "due_date": "2026-12-01", "busy_flag": True, "done": True},
    "product": {"name": "Oranges", "code": "OR-1"},
    "lead": {"title": "Warm one", "value": {"amount": 300, "currency": "USD"}},
    "note": {"content": "<b>Call</b> back"},
}
AT: Final = datetime(2026, 11, 20, 14, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def crm() -> Iterator[FakePipedrive]:
    with FakePipedrive() as running:
        for entity in PATHS:
            if entity != "note":
                fields = [CustomField(name, kind) for name, (kind, _) in CUSTOM.items()]
                running.store.custom_fields[entity] = fields
        yield running


def told_and_listed(crm: FakePipedrive, entity: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The `data` of the webhook of a new object, and the object as REST lists it."""
    told: list[Any] = []
    crm.store.listeners.append(told.append)
    custom = {field.code: CUSTOM[field.name][1] for field in crm.store.custom_fields[entity]}
    fields = FIELDS[entity] | ({"custom_fields": custom} if custom else {})
    made = crm.store.create(entity, fields, ApiUser(1))
    crm.store.listeners.remove(told.append)
    token = crm.oauth.grant(1)["access_token"]
    answer = httpx.get(
        crm.url + PATHS[entity],
        params={"limit": 500},
        headers={"Authorization": f"Bearer {token}"},
        trust_env=False,
    )
    (listed,) = [item for item in answer.json()["data"] if item["id"] == made["id"]]
    return told[0].data, listed


def kinds(crm: FakePipedrive, entity: str) -> dict[str, str]:
    return kinds_of(field.resource() for field in crm.store.custom_fields[entity])


@pytest.mark.parametrize("entity", [*PATHS])
def test_every_entity_reads_as_its_webhook_did(crm: FakePipedrive, entity: str) -> None:
    told, listed = told_and_listed(crm, entity)
    kind = ENTITIES[entity]
    webhook, rest = state(kind, told), state(kind, data_of(entity, listed, kinds(crm, entity)))

    declared = {field.where for field in kind.declared} & webhook.keys() - {"update_time"}
    custom = {key for key in webhook if key.startswith("custom.")} if entity != "activity" else set()
    assert {key: rest.get(key) for key in declared | custom} == {
        key: webhook[key] for key in declared | custom
    }
    assert moment_of(rest) == moment_of(webhook)  # a new deal's webhook has no time of the last change


@pytest.mark.parametrize("entity", [*PATHS])
def test_a_change_drawn_from_rest_is_the_change_of_the_webhook(crm: FakePipedrive, entity: str) -> None:
    told, listed = told_and_listed(crm, entity)
    meta = {"action": "create", "entity": entity, "entity_id": str(told["id"])}
    ours = read({"meta": meta, "data": data_of(entity, listed, kinds(crm, entity)), "previous": None})
    theirs = read({"meta": meta, "data": told, "previous": None})

    assert ours is not None
    assert theirs is not None
    assert (ours.types, ours.object_id) == (theirs.types, theirs.object_id)


def test_a_lead_of_v1_has_its_custom_fields_among_the_others() -> None:
    code = "a" * 40
    item = {"id": "uuid", "title": "Warm", "cc_email": "x@example.com", code: "North"}

    data = data_of("lead", item, {code: "varchar"})

    assert data == {
        "id": "uuid",
        "title": "Warm",
        "custom_fields": {code: {"type": "varchar", "value": "North"}},
    }
    assert custom_codes(item) == {code}


@pytest.mark.parametrize(
    ("kind", "rest", "told"),
    [
        ("date", "2026-01-02", {"type": "date", "value": "2026-01-02"}),
        ("enum", 7, {"type": "enum", "id": 7}),
        ("org", 7, {"type": "org", "id": 7}),
        ("set", [7, 8], {"type": "set", "values": [{"id": 7}, {"id": 8}]}),
        ("set", 7, {"type": "set", "values": [{"id": 7}]}),
        ("monetary", {"value": 5, "currency": "EUR"}, {"type": "monetary", "value": 5, "currency": "EUR"}),
        (
            "daterange",
            {"value": "2026-01-02", "until": "2026-01-03"},
            {"type": "daterange", "from": "2026-01-02", "until": "2026-01-03"},
        ),
        ("time", {"value": "10:00"}, {"type": "time", "value": "10:00"}),
        (None, "unknown", {"value": "unknown"}),
        ("varchar", None, None),
        ("enum", {"type": "enum", "id": 7}, {"type": "enum", "id": 7}),
    ],
)  # fmt: skip
def test_custom_values_get_the_shape_of_webhooks(kind: str | None, rest: object, told: object) -> None:
    code = "b" * 40
    known = {code: kind} if kind else {}

    assert data_of("deal", {"custom_fields": {code: rest}}, known)["custom_fields"] == {code: told}


def test_only_custom_fields_have_kinds() -> None:
    listed: list[dict[str, Any]] = [
        {"field_code": "c" * 40, "field_type": "enum", "is_custom_field": True},
        {"field_code": "title", "field_type": "varchar", "is_custom_field": False},
        {"field_code": None, "field_type": "varchar", "is_custom_field": True},
    ]
    assert kinds_of(listed) == {"c" * 40: "enum"}


def test_what_rest_alone_says_is_read_and_left_out() -> None:
    activity = {"is_deleted": True, "marked_as_done_time": "2026-11-20T14:03:00Z", "due_time": "15:00:00"}
    note = {"add_time": "2026-11-20 14:03:00", "last_update_user_id": 9, "user": {"name": "Ada"}}

    assert data_of("activity", activity, {}) == {
        "active_flag": False,
        "due_time": {"timezone_id": None, "value": "15:00:00"},
    }
    assert data_of("note", note, {}) == {"add_time": "2026-11-20T14:03:00Z"}
    assert (done_at(activity), updater_of(note), is_gone(activity), is_gone(note)) == (AT, "9", True, False)


def test_a_deal_that_nobody_has_touched_is_as_old_as_itself() -> None:
    assert moment_of({"update_time": None, "add_time": "2026-11-20 14:03:00"}) == AT
    assert moment_of({}) is None
    assert written(AT) == "2026-11-20T14:03:00Z"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KEYS = st.sampled_from(
    ["id", "status", "custom_fields", "due_time", "add_time", "visible_to", "value", "d" * 40]
)


@given(
    st.sampled_from(sorted(PATHS)), st.dictionaries(KEYS, JSON), st.dictionaries(KEYS, st.text(max_size=8))
)
def test_nothing_that_rest_may_say_breaks_it(
    entity: str, item: dict[str, Any], kinds: dict[str, str]
) -> None:
    data = data_of(entity, item, kinds)

    state(ENTITIES[entity], data)
    custom_codes(item)
    moment_of(data)
