"""Reading a list: invalid items and custom fields, and a lease renewed during many calls."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from models.backfills import backfills
from models.backfills.backfills import LEASE
from models.clock import now
from models.database.engine import Database
from models.pipedrive.change import read
from models.pipedrive.webhook.json import parse_json
from models.security.vault import Vault
from models.tables.connections import BackfillState
from tests.conftest import TwoTenants
from tests.jobs.missing import ADA, Outage, new_deal, outage
from web.playground.pipedrive.records import CustomField


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
        "jobs.to_pipedrive.api.PipedriveApi.updated",
        lambda _, name, __: iter([item] if name == "deal" else []),
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
    at = away.crm.clock.text()
    away.come_back()
    strange: list[dict[str, Any]] = [{}, {"id": None}, {"id": [1]}, {"id": 5, "update_time": "soon"}]
    ids = ("5\0", "half \ud83d", "x" * 200, -5, 10**60)
    strange += [{"id": each, "add_time": at, "update_time": at} for each in ids]
    monkeypatch.setattr("jobs.to_pipedrive.api.PipedriveApi.updated", lambda *_: iter(strange))

    away.catch_up()

    assert away.types() == []
    assert away.gap().found == 0


def test_the_lease_is_held_while_many_are_asked_about(away: Outage, monkeypatch: pytest.MonkeyPatch) -> None:
    away.go_away()
    for number in range(3):
        away.store.create("deal", {"title": f"Deal {number}"}, ADA)
    away.come_back()
    leases = []
    real = backfills.advance

    def noted(*args: Any, **kwargs: Any) -> bool:
        done = real(*args, **kwargs)
        leases.append(args[1].lease)
        return done

    monkeypatch.setattr(backfills, "advance", noted)
    monkeypatch.setattr(
        "jobs.connections.backfill_list.LEASE", 2 * LEASE + timedelta(minutes=1)
    )  # always nearly over

    assert away.backfills.step()

    assert len(leases) >= 4
    assert min(leases) > now()


def test_every_entity_is_read(away: Outage) -> None:
    person = away.store.create("person", {"name": "Grace"}, ADA)["id"]
    activity = away.store.create("activity", {"subject": "Call"}, ADA)["id"]
    lead = away.store.create("lead", {"title": "Warm", "value": {"amount": 1, "currency": "EUR"}}, ADA)["id"]
    away.go_away()
    away.store.change("person", person, {"name": "Grace Hopper"}, ADA)
    away.store.change("activity", activity, {"done": True}, ADA)
    away.store.change("lead", lead, {"value": {"amount": 5, "currency": "EUR"}}, ADA)
    away.store.create("organization", {"name": "Acme Ltd"}, ADA)
    away.store.create("note", {"content": "Hello", "person_id": person}, ADA)
    away.store.create("product", {"name": "Oranges"}, ADA)
    away.come_back()

    away.catch_up()

    assert sorted(away.types()) == [
        "activity.done",
        "lead.updated",
        "note.created",
        "organization.created",
        "person.updated",
        "product.created",
    ]
    restricted = {change.entity for change in away.late() if change.permitted_user_ids is not None}
    assert restricted == {"lead", "note", "organization", "person", "product"}


def test_deals_that_are_in_no_ordinary_list_are_found_too(away: Outage) -> None:
    gone, kept = new_deal(away), new_deal(away)
    away.go_away()
    away.store.delete("deal", gone, ADA)
    away.store.change("deal", kept, {"is_archived": True}, ADA)
    away.come_back()

    away.catch_up()

    assert sorted(away.types()) == ["deal.deleted", "deal.updated"]


def test_what_reached_us_is_not_told_again(away: Outage) -> None:
    told, missed = new_deal(away), new_deal(away)
    away.go_away()
    away.is_open = True
    away.store.change("deal", told, {"status": "won"}, ADA)
    away.is_open = False
    away.store.change("deal", missed, {"status": "lost"}, ADA)
    away.come_back()

    away.catch_up()

    assert away.types() == ["deal.lost"]


def test_a_deal_won_in_the_gap_and_touched_after_it_needs_notice_as_won(away: Outage) -> None:
    number = new_deal(away)
    away.go_away()
    away.store.change("deal", number, {"status": "won"}, ADA)
    away.come_back()
    away.store.change("deal", number, {"title": "Renamed"}, ADA)

    away.catch_up()

    assert away.types() == ["deal.won"]


def test_a_webhook_that_may_be_under_way_is_waited_for_once(away: Outage) -> None:
    """It was changed a moment ago: either its webhook comes, or it is missed like the others."""
    number = new_deal(away)
    away.go_away()
    away.come_back()
    away.is_open = False
    away.crm.clock.forward((now() - away.crm.clock.moment()).total_seconds() - 100)
    away.store.change("deal", number, {"value": 900}, ADA)
    away.catch_up()
    assert away.types() == []
    assert away.gap().state == BackfillState.WAITING

    away.change_gap(due_at=now())
    away.catch_up()

    assert away.types() == ["deal.value_changed"]
    assert away.gap().state == BackfillState.DONE


def test_a_long_list_is_read_in_turns_with_other_tenants(
    away: Outage, monkeypatch: pytest.MonkeyPatch
) -> None:
    away.go_away()
    for seconds in (0, 0, 5, 5, 0):  # several in one second are no step forward
        away.crm.clock.forward(seconds)
        new_deal(away)
    away.come_back(away.tenants.ours, away.tenants.theirs)
    turns: list[int] = []
    real = backfills.claim

    def noted(*args: Any) -> Any:
        claimed = real(*args)
        turns.append(claimed.tenant_id if claimed else 0)
        return claimed

    monkeypatch.setattr(backfills, "claim", noted)
    monkeypatch.setattr("jobs.connections.backfill_list.TURN_S", -1.0)
    monkeypatch.setattr("jobs.connections.backfill_list.CHUNK", 1)

    away.catch_up()

    assert away.types() == ["deal.created"] * 5
    assert away.gap().found == 5
    assert {each.state for each in (away.gap(), away.gap(away.tenants.theirs))} == {BackfillState.DONE}
    ours, theirs = (turns.count(each) for each in away.tenants)
    assert ours > theirs + 1, "its list of deals took several turns"
