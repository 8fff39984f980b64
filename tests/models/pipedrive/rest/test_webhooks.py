"""Pipedrive's list of webhooks: our wanted ones stay, our unwanted ones are to be deleted."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import pytest

from models.pipedrive.rest.webhooks import TAKEN, WANTED, Compared, compare, listed

HERE = "https://pipenotify.example.com/api/v1/webhook/pipedrive"
OURS = f"{HERE}/current-key"


def item(number: int, entity: str = "deal", url: str = OURS, **more: Any) -> dict[str, Any]:
    """A webhook as Pipedrive's OpenAPI document shows one."""
    usual = {"id": number, "event_object": entity, "event_action": "*", "subscription_url": url}
    usual |= {"version": "2.0", "is_active": 1, "remove_reason": None, "remove_time": None}
    return usual | {"last_http_status": 200, "last_delivery_time": "2026-11-20T12:00:00.000Z"} | more


def compared(*items: dict[str, Any], ids: Collection[str] = (), keys: Collection[str] = ()) -> Compared:
    return compare(listed(items), OURS, ids=ids, keys=keys)


def extra(found: Compared) -> list[str]:
    return [each.id for each in found.extra]


def test_one_webhook_is_wanted_for_each_entity_that_pipedrive_and_we_know() -> None:
    assert set(WANTED) == TAKEN
    assert compared().missing == WANTED


def test_what_is_wanted_stays_and_only_the_rest_is_missing() -> None:
    found = compared(item(7), item(8, "lead"))

    assert {entity: each.id for entity, each in found.kept.items()} == {"deal": "7", "lead": "8"}
    assert set(found.missing) == set(WANTED) - {"deal", "lead"}
    assert extra(found) == []


def test_of_two_for_one_entity_the_older_stays() -> None:
    found = compared(item(10), item(9))

    assert found.kept["deal"].id == "9"
    assert extra(found) == ["10"]


@pytest.mark.parametrize(
    "more",
    [
        {"url": f"{HERE}/an-older-key"},
        {"url": HERE},
        {"is_active": 0},
        {"remove_time": "2026-11-20T12:00:00Z"},
        {"version": "1.0"},
        {"event_action": "change"},
        {"entity": "*"},
        {"entity": "task"},
    ],
    ids=["old-key", "no-key", "off", "removed", "v1", "one-action", "every-entity", "not-wanted"],
)
def test_what_leads_to_us_and_is_not_as_it_should_be_is_a_stray(more: dict[str, Any]) -> None:
    found = compared(item(7, **more))

    assert extra(found) == ["7"]
    assert found.kept == {}


@pytest.mark.parametrize(
    "url",
    [
        "https://other.example.com/api/v1/webhook/pipedrive/current-key",
        "https://pipenotify.example.com/api/v1/webhook/pipedrivers/current-key",
        "https://pipenotify.example.com/elsewhere",
        "https://pipenotify.example.com.evil.test/api/v1/webhook/pipedrive/x",
        "not an address",
    ],
)
def test_what_leads_elsewhere_is_nobodys_business_of_ours(url: str) -> None:
    found = compared(item(7, url=url), keys={"my-own-old-key"})

    assert (found.kept, extra(found)) == ({}, [])


def test_what_we_registered_when_we_lived_elsewhere_is_ours_to_remove() -> None:
    there = "https://old.example.com/api/v1/webhook/pipedrive"
    found = compared(item(7, url=f"{there}/mine"), item(8, url=f"{there}/x"), keys={"mine"}, ids={"8"})

    assert extra(found) == ["7", "8"]


def test_how_it_fares_is_read_and_said() -> None:
    well, bad, silent, new = listed(
        [
            item(1),
            item(2, last_http_status=503),
            item(3, last_http_status=0),
            item(4, last_http_status=None, last_delivery_time=None),
        ]
    )

    assert well.last_delivery_at == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert [each.is_failing for each in (well, bad, silent, new)] == [False, True, True, False]
    assert bad.problem == "The last time, Pipedrive got HTTP 503 from Pipenotify."
    assert silent.problem == "The last time, Pipedrive got no answer from Pipenotify."
    assert (well.problem, new.problem, new.last_delivery_at) == ("", "", None)


@pytest.mark.parametrize(
    "strange",
    [
        {"id": None},
        {"id": {}},
        {"subscription_url": None},
        {"subscription_url": 7},
    ],
)
def test_an_item_without_id_or_address_is_left_out(strange: dict[str, Any]) -> None:
    assert listed([item(1) | strange]) == []


def test_strange_values_are_read_as_unknown() -> None:
    (found,) = listed(
        [item(1, last_http_status="200", last_delivery_time="yesterday", is_active=None, event_object=None)]
    )

    assert (found.last_status, found.last_delivery_at, found.is_active) == (None, None, True)
    assert listed([item(1, last_delivery_time="2026-11-20 12:00:00")])[0].last_delivery_at == datetime(
        2026, 11, 20, 12, tzinfo=UTC
    )


@pytest.mark.parametrize("url", ["http://[odd", "https://[::1/api/v1/webhook/pipedrive/k"])
def test_an_address_that_is_none_is_nobodys_unless_we_registered_it(url: str) -> None:
    assert extra(compared(item(1, url=url))) == []
    assert extra(compared(item(1, url=url), ids={"1"})) == ["1"]


@pytest.mark.parametrize("time", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
@pytest.mark.parametrize("status", [-1, 1000, 10**30])
def test_what_no_record_can_keep_is_unknown(time: str, status: int) -> None:
    (found,) = listed([item(1, last_delivery_time=time, last_http_status=status)])

    assert (found.last_delivery_at, found.last_status) == (None, None)
