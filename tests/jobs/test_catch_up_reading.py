"""Reading a list: strange items and custom fields, and a lease that is held while many are asked about."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models import catch_up_store
from models.catch_up_store import LEASE
from models.clock import now
from models.database import Database
from models.pipedrive.bodies.parsing import parse_json
from models.pipedrive.change import read
from models.vault import Vault
from tests.conftest import TwoTenants
from tests.jobs.missing import ADA, Outage, outage
from web.playground.crm_records import CustomField


@pytest.fixture
def away(database: Database, vault: Vault, tenants: TwoTenants, tmp_path: Path) -> Iterator[Outage]:
    with outage(database, vault, tenants, tmp_path) as made:
        yield made


def test_custom_fields_come_with_their_kinds_and_old_values(away: Outage) -> None:
    tier = CustomField("Tier", "enum", ((11, "Gold"), (12, "Silver")))
    away.store.custom_fields["deal"] = [tier]
    deal = away.store.create("deal", {"title": "Acme", "custom_fields": {tier.code: 11}}, ADA)["id"]
    away.go_away()
    away.store.change("deal", deal, {"custom_fields": {tier.code: 12}}, ADA)
    away.come_back()

    away.catch_up()

    (change,) = away.late()
    assert change.touched == frozenset({f"custom.{tier.code}"})
    assert change.before[f"custom.{tier.code}"] == {"type": "enum", "id": 11}
    assert change.after[f"custom.{tier.code}"] == {"type": "enum", "id": 12}


def test_hostile_text_is_carried_and_stops_nobody(away: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    """JavaScript cuts a title in the middle of an emoji; the half is JSON all the same."""
    title = "<users/all> \ud83d \u202e'; DROP TABLE events;--"
    away.go_away()
    at = away.crm.clock.text()
    away.come_back()
    item = {"id": 5, "title": title, "add_time": at, "update_time": at, "visible_to": 3, "owner_id": 1}
    monkeypatch.setattr(
        "jobs.to_pipedrive.PipedriveApi.updated", lambda _, name, __: iter([item] if name == "deal" else [])
    )

    away.catch_up()

    stored = away.events()[-1]
    change = read(parse_json(stored.raw))
    assert change is not None
    assert "\ufffd" in change.after["title"]
    assert "DROP TABLE" in change.after["title"]


def test_items_that_are_none_are_passed_over(away: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    away.go_away()
    away.store.create("deal", {"title": "Real"}, ADA)
    away.come_back()
    strange: list[dict[str, Any]] = [{}, {"id": None}, {"id": [1]}, {"id": 5, "update_time": "soon"}]
    monkeypatch.setattr("jobs.to_pipedrive.PipedriveApi.updated", lambda *_: iter(strange))

    away.catch_up()

    assert away.types() == []
    assert away.gap().found == 0


def test_the_lease_is_held_while_many_are_asked_about(away: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    away.go_away()
    for number in range(3):
        away.store.create("deal", {"title": f"Deal {number}"}, ADA)
    away.come_back()
    leases = []
    real = catch_up_store.advance

    def noted(*args: Any, **kwargs: Any) -> bool:
        done = real(*args, **kwargs)
        leases.append(args[1].lease)
        return done

    monkeypatch.setattr(catch_up_store, "advance", noted)
    monkeypatch.setattr("jobs.catch_up_reading.LEASE", 2 * LEASE + timedelta(minutes=1))  # always nearly over

    assert away.catch_ups.step()

    assert len(leases) >= 4
    assert min(leases) > now()
