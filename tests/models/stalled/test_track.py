"""The last state of each deal and activity is recorded, whatever the order in which changes come."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

from models.database.engine import Database
from models.pipedrive.change import read
from models.pipedrive.signal import STALLED, signal_body
from models.stalled.track import MOST_BYTES, packed, row_of_change, track, unpacked
from models.tables import TrackedObject
from tests.conftest import TwoTenants
from tests.engine import NOON
from tests.models.rows import count
from tests.models.stalled.following import DAY, body, change, row_of

HASH = "a" * 40


def row(found: dict[str, Any]) -> dict[str, Any] | None:
    parsed = read(found)
    assert parsed is not None
    return row_of_change(1, parsed, NOON, "UTC")


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_newest_change_counts_whatever_comes_first(
    database: Database, tenants: TwoTenants, order: tuple[int, ...]
) -> None:
    for number in order:
        change(
            database, tenants.ours, 1, NOON + number * DAY, heard_at=NOON + 5 * DAY, title=f"Title {number}"
        )
    assert row_of(database, tenants.ours).words == "title 2"
    assert row_of(database, tenants.ours).changed_at == NOON + 2 * DAY
    assert count(database, TrackedObject) == 1


def test_a_batch_may_hold_several_changes_of_one_deal(database: Database, tenants: TwoTenants) -> None:
    changes = [read(body("deal", 1, NOON + number * DAY, title=f"T{number}")) for number in (1, 2, 0)]
    rows = [row_of_change(tenants.ours, each, NOON + 3 * DAY, "UTC") for each in changes if each is not None]
    with database.writing_all() as session:
        track(session, (each for each in rows if each is not None))
    assert row_of(database, tenants.ours).words == "t2"


def test_tenants_have_rows_of_their_own(database: Database, tenants: TwoTenants) -> None:
    change(database, tenants.ours, 1, NOON, title="Ours")
    change(database, tenants.theirs, 1, NOON + DAY, title="Theirs")
    assert row_of(database, tenants.ours).words == "ours"


def test_what_we_found_ourselves_is_no_change() -> None:
    signal = signal_body(STALLED, "1", {"title": "T"}, NOON, key="k", company_id=None, seen_by=None)
    assert row(signal) is None
    assert row(body("note", 1, NOON)) is None


def test_people_and_leads_are_known_and_not_followed() -> None:
    found = row(body("person", 1, NOON, name="Grace Hopper"))
    assert found is not None
    assert (found["is_open"], found["next_at"], found["words"]) == (False, None, "grace hopper")


def test_a_time_in_the_future_counts_as_now() -> None:
    found = row(body("deal", 1, NOON + 400 * DAY))
    assert found is not None
    assert found["changed_at"] == NOON


def test_the_state_and_who_may_see_it_are_kept() -> None:
    custom = {HASH: {"type": "varchar", "value": "North"}, "b" * 40: None}
    found = row(body("deal", 1, NOON, custom_fields=custom, meta={"permitted_user_ids": ["8", "7"]}))
    assert found is not None
    state, permitted = unpacked(found["state"])
    assert state[f"custom.{HASH}"] == {"type": "varchar", "value": "North"}
    assert f"custom.{'b' * 40}" not in state
    assert permitted == frozenset({"7", "8"})


def test_a_deleted_deal_keeps_nothing_of_its_text() -> None:
    found = row(body("deal", 1, NOON, action="delete", title="Secret"))
    assert found is not None
    assert (found["is_open"], found["words"], found["next_at"]) == (False, "", None)
    assert b"Secret" not in found["state"]


def test_a_huge_state_is_kept_without_its_custom_fields() -> None:
    state = {"title": "T", "value": 5} | {f"custom.{number}": "x" * 500 for number in range(100)}
    kept, _ = unpacked(packed("deal", state, None))
    assert kept == {"title": "T", "value": 5}
    assert len(packed("deal", state | {"title": "y" * 100_000}, None)) < MOST_BYTES


def test_a_state_that_cannot_be_written_is_seen_by_nobody() -> None:
    state, permitted = unpacked(packed("deal", {"value": 2**80}, None))
    assert (state, permitted) == ({}, frozenset())
