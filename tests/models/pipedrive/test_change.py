from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.pipedrive.change import Unreadable, read
from models.pipedrive.dedup_key import source_key
from models.pipedrive.entity import ENTITIES
from tests.models.pipedrive.webhook import HASH, NAMES, changed, known, sample, v2

V1 = {"v": 1, "event": "updated.deal", "retry": 0}
FLAT = {
    "event": "deal.updated",
    "current": {
        "id": 8,
        "title": "Big deal",
        "value": 12500,
        "stage_name": "Negotiation",
        "owner_name": "Ada",
    },
    "previous": {"stage_name": "Qualified"},
    "user": {"name": "Grace Hopper", "email": "grace@example.com"},
    "company_id": 12345,
}


def v1(
    current: dict[str, Any] | None, previous: dict[str, Any] | None, action: str = "updated"
) -> dict[str, Any]:
    meta = {"v": 1, "action": action, "object": "deal", "id": 8, "company_id": 12345, "user_id": 43}
    return {**V1, "meta": {**meta, "timestamp": 1763640000}, "current": current, "previous": previous}


def test_v2_update_says_what_was_touched_and_by_whom() -> None:
    change = changed({"stage_id": 1}, is_archived=False)
    assert (change.entity, change.action, change.object_id) == ("deal", "updated", "8")
    assert change.touched == {"stage_id"}
    assert change.before == {"stage_id": 1}
    assert change.after["stage_id"] == 2
    assert (change.who_id, change.company_id) == ("43", "12345")
    assert change.happened_at == datetime(2026, 11, 20, 12, tzinfo=UTC)


def test_v2_key_in_previous_is_touched_even_with_the_same_value() -> None:
    change = changed({"stage_id": 2, "value": None})
    assert change.touched == {"stage_id", "value"}
    assert "deal.stage_changed" in change.types


def test_v1_and_flat_bodies_count_only_values_that_differ() -> None:
    both = {"id": 8, "title": "Big deal", "value": 1, "stage_id": 2}
    assert known(v1(both, {**both, "value": 2})).touched == {"value"}
    assert known({**FLAT, "previous": {"stage_name": "Negotiation", "value": 1}}).touched == {"value"}


def test_three_shapes_of_one_change_mean_the_same() -> None:
    current = {"id": 8, "title": "Big deal", "value": 12500, "stage_id": 2, "pipeline_id": 1}
    shapes = [
        known(v2(data=current, previous={"stage_id": 1}), NAMES),
        known(v1(current, {**current, "stage_id": 1}), NAMES),
        known(FLAT, NAMES),
    ]
    meanings = {(c.entity, c.action, c.object_id, c.types, c.company_id) for c in shapes}
    assert meanings == {("deal", "updated", "8", ("deal.updated", "deal.stage_changed"), "12345")}
    assert {c.after["title"] for c in shapes} == {"Big deal"}


@pytest.mark.parametrize("event", ["deal.updated", "updated.deal"])
def test_flat_event_is_understood_in_either_order(event: str) -> None:
    change = known({**FLAT, "event": event})
    assert change.types == ("deal.updated", "deal.stage_changed")
    assert change.who_name == "Grace Hopper"


def test_flat_body_may_name_what_only_we_can_find() -> None:
    assert known({**FLAT, "event": "deal.stalled"}).types == ("deal.stalled",)
    assert known({**FLAT, "event": "deal.won", "previous": {}}).types == ("deal.updated", "deal.won")


def test_created_has_no_before_and_deleted_no_after() -> None:
    created, deleted = known(v2("create")), known(v2("delete"))
    assert (created.before, created.touched, created.types) == ({}, frozenset(), ("deal.created",))
    assert (deleted.after, deleted.touched, deleted.types) == ({}, frozenset(), ("deal.deleted",))
    assert deleted.state["title"] == created.state["title"] == "Big deal"


def test_custom_fields_lie_under_their_hash() -> None:
    body = v2(
        data={"custom_fields": {HASH: {"type": "enum", "id": 190}}}, previous={"custom_fields": {HASH: None}}
    )
    change = known(body)
    assert change.after[f"custom.{HASH}"] == {"type": "enum", "id": 190}
    assert change.touched == {f"custom.{HASH}"}
    assert "custom_fields" not in change.after


def test_v1_custom_money_keeps_its_currency() -> None:
    change = known(v1({"id": 8, HASH: 5, f"{HASH}_currency": "EUR"}, {"id": 8, HASH: None}))
    assert change.after == {"id": 8, f"custom.{HASH}": {"type": "monetary", "value": 5, "currency": "EUR"}}
    assert change.touched == {f"custom.{HASH}"}


def test_v1_keys_become_those_of_today() -> None:
    change = known(v1({"id": 8, "user_id": 42, "label": "24,25"}, {"id": 8, "user_id": 43, "label": "24"}))
    assert change.after == {"id": 8, "owner_id": 42, "label_ids": ["24", "25"]}
    assert change.types == ("deal.updated", "deal.owner_changed")


@pytest.mark.parametrize(
    ("before", "touched"),
    [
        ({"amount": 300, "currency": "EUR"}, {"value"}),
        ({"amount": 300, "currency": "USD"}, {"value", "currency"}),
        (None, {"value", "currency"}),
    ],
)
def test_money_of_a_lead_is_amount_and_currency(before: Any, touched: set[str]) -> None:
    now = {"value": {"amount": 500, "currency": "EUR"}}
    change = known(v2(entity="lead", data=now, previous={"value": before}))
    assert (change.after["value"], change.after["currency"]) == (500, "EUR")
    assert change.touched == touched


def test_user_who_left_is_deleted_and_still_has_a_name() -> None:
    body = v2(entity="user", data={"active_flag": False, "name": "Ada"}, previous={"active_flag": True})
    change = known(body)
    assert (change.action, change.types, change.after) == ("deleted", ("user.deleted",), {})
    assert change.state["name"] == "Ada"


def test_merge_names_both_sides() -> None:
    survivor = known(v2(previous={"value": 1}, merged_from_id="9"))
    vanished = known(v2("delete", merged_to_id="8"))
    assert survivor.types == ("deal.updated", "deal.value_changed", "deal.merged")
    assert survivor.merged_from == "9"
    assert (vanished.types, vanished.merged_to) == (("deal.deleted",), "8")


def test_unknown_entities_are_not_ours() -> None:
    assert read(v2(entity="board")) is None
    assert read({"event": "board.updated", "current": {"id": 1}}) is None
    assert read({**V1, "meta": {"object": "activityType", "action": "updated"}}) is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"meta": {}},
        {"event": "deal"},
        {"event": "deal.exploded", "current": {"id": 1}},
        {"event": "deal.updated", "current": {}},
        {**v2(), "data": None},
        {**v2(), "data": "text"},
        {**v2(), "previous": [1, 2]},
        v2("merge"),
        v2(entity_id=None, data={"id": True}),
        v1(None, {"id": 8}),
    ],
)
def test_bodies_without_a_change_are_unreadable(body: dict[str, Any]) -> None:
    with pytest.raises(Unreadable):
        read(body)


@pytest.mark.parametrize(
    ("stamp", "expected"),
    [
        (1669304542, datetime(2022, 11, 24, 15, 42, 22, tzinfo=UTC)),
        ("2026-11-20T13:00:00+01:00", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("2026-11-20 12:00:00", datetime(2026, 11, 20, 12, tzinfo=UTC)),
        ("yesterday", None),
        (None, None),
        (1e300, None),
    ],
)
def test_times_of_all_forms_are_utc(stamp: Any, expected: datetime | None) -> None:
    assert known(v2(timestamp=stamp)).happened_at == expected


def test_v2_is_known_by_subscription_and_event() -> None:
    first, again = v2(previous={}), v2(previous={}, attempt=2)
    assert source_key(first, b"") == source_key(again, b"") == "77:5f0c5a3e-0000-4000-8000-000000000001"
    assert source_key(v2(webhook_id="78"), b"") != source_key(first, b"")


def test_other_bodies_are_known_by_what_they_say() -> None:
    first = v1({"id": 8, "value": 2}, {"id": 8, "value": 1})
    again = {**dict(reversed(first.items())), "retry": 2, "meta": {**first["meta"], "attempt": 3}}
    other = v1({"id": 8, "value": 3}, {"id": 8, "value": 2})
    assert source_key(first, b"a") == source_key(again, b"b")
    assert source_key(first, b"") != source_key(other, b"")
    assert source_key([1], b"a") != source_key([1], b"b")


def test_user_bodies_with_the_users_own_id_are_not_taken_for_repeats() -> None:
    one, two = (v2(entity="user", data={"name": name}, id="8") for name in ("Ada", "Eda"))
    assert source_key(one, b"") != source_key(two, b"")


def samples() -> list[str]:
    verbs = ["create", "change", "delete"]
    names = [f"v2_docs_{verb}_{key}.json" for key in ENTITIES if key != "project" for verb in verbs]
    names.remove("v2_docs_delete_user.json")
    return [*names, "v2_docs_delete_user_sent_as_change.json"]


@pytest.mark.parametrize("name", samples())
def test_published_body_is_read(name: str) -> None:
    body = sample(name)
    change = known(body)
    _, _, verb, entity, *_ = name.removesuffix(".json").split("_")
    action = {"create": "created", "change": "updated", "delete": "deleted"}[verb]
    assert (change.entity, change.action) == (entity, action)
    assert change.object_id == body["meta"]["entity_id"]
    assert change.state["id"] == (body["data"] or body["previous"])["id"]
    if action == "updated":
        assert {key.partition(".")[0] for key in change.touched} <= {
            "custom" if key == "custom_fields" else key for key in body["previous"]
        }


def test_published_v1_body_is_read() -> None:
    change = known(sample("v1_hookdeck_updated_deal.json"))
    assert change.types == ("deal.updated",)
    assert change.touched == {"participants_count"}
    assert change.state["owner_id"] == 14542087


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=10,
)
KEYS = st.sampled_from(
    ["id", "status", "value", "label", "custom_fields", "stage_id", "active_flag", "done", HASH]
)
SIDE = st.dictionaries(KEYS | st.text(), JSON, max_size=6) | JSON
META = st.fixed_dictionaries(
    {"action": st.sampled_from(["create", "change", "delete", "updated", "merged"]) | JSON},
    optional={
        "entity": st.sampled_from([*ENTITIES, "board"]) | JSON,
        "object": st.sampled_from(list(ENTITIES)) | JSON,
        "entity_id": JSON,
        "id": JSON,
        "timestamp": JSON,
        "permitted_user_ids": JSON,
        "merged_from_id": JSON,
    },
)
BODY = st.fixed_dictionaries(
    {},
    optional={
        "meta": META | JSON,
        "event": st.sampled_from(["deal.updated", "added.user", "lead.won"]) | JSON,
        "data": SIDE,
        "current": SIDE,
        "previous": SIDE,
        "user": JSON,
    },
)


@given(BODY | st.dictionaries(st.text(), JSON))
def test_reader_raises_nothing_but_unreadable(body: dict[str, Any]) -> None:
    try:
        change = read(body, NAMES)
    except Unreadable:
        return
    assert change is None or change.types[0].startswith(change.entity)


@given(BODY | JSON, st.binary(max_size=20))
def test_every_body_has_a_source_key_that_does_not_hang_on_the_order_of_keys(body: Any, raw: bytes) -> None:
    turned = dict(reversed(body.items())) if isinstance(body, dict) else body
    key = source_key(body, raw)
    assert key == source_key(turned, raw)
    assert 0 < len(key) <= 255


def test_deeply_nested_bodies_are_unreadable_not_fatal() -> None:
    deep: Any = []
    twin: Any = []
    for _ in range(100_000):
        deep, twin = [deep], [twin]
    with pytest.raises(Unreadable):
        read(v1({"id": 8, "x": deep}, {"id": 8, "x": twin}))
    assert source_key(v1({"id": 8, "x": deep}, None), b"raw").startswith("sha256:")
