"""One bad delivery, one slow tenant: the cards of others are sent and recorded."""

from __future__ import annotations

import time
from typing import Any

import orjson
import pytest

from jobs.deliveries.render import parse_change
from models.database.engine import ConstraintViolation
from models.deliveries import store as delivery_store
from models.errors import DatabaseUnavailable
from models.maintenance.erase_tenant import erase_marked, mark_for_erasure
from models.pipedrive.names import Names
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, Bench, link
from web.playground.chat.store import StoredSpace


def test_a_delivery_that_is_erased_while_it_is_sent_harms_no_other(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    for tenant_id in tenants:
        bench.receive_deals(tenant_id, 1)
    results = [bench.deliver.send(message) for message in bench.deliver.claim(50)]
    with bench.database.writing_all() as session:
        mark_for_erasure(session, tenants.ours)
    erase_marked(bench.database)

    bench.deliver.finish(results)

    kept = bench.only(tenants.theirs)
    assert (kept.state, kept.attempts, kept.lease_token) == ("delivered", 1, None)
    assert [each.outcome for each in bench.attempts(tenants.theirs)] == ["delivered"]


def test_a_result_that_cannot_be_stored_keeps_no_other_from_it(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    bench.chat.store.add_space(StoredSpace("spaces/NEXT"))
    link(bench.database, tenants.ours, "spaces/NEXT")
    link(bench.database, tenants.theirs, OTHER_SPACE)
    for tenant_id in tenants:
        bench.receive_deals(tenant_id, 1)
    results = [bench.deliver.send(message) for message in bench.deliver.claim(50)]
    poison, add_attempts = bench.deliveries(tenants.ours)[0].id, delivery_store.add_attempts

    def refuse_poison(session: Any, rows: Any) -> None:
        if any(row["delivery_id"] == poison for row in rows):
            raise ConstraintViolation("INSERT", {}, Exception("refused"))
        add_attempts(session, rows)

    monkeypatch.setattr(delivery_store, "add_attempts", refuse_poison)

    bench.deliver.finish(results)

    assert [each.state for each in bench.deliveries(tenants.theirs)] == ["delivered"]
    assert [each.state for each in bench.deliveries(tenants.ours)] == ["sending", "delivered"]


def test_a_card_whose_names_cannot_be_found_is_sent_without_them(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    for tenant_id in tenants:
        bench.receive_deals(tenant_id, 1)

    def refuse(tenant_id: int, _changes: Any) -> Names:
        if tenant_id == tenants.ours:
            raise DatabaseUnavailable("stack depth limit exceeded")
        return Names()

    monkeypatch.setattr(bench.deliver._preparation._names, "for_changes", refuse)

    bench.send_due()

    assert (bench.titles(), bench.titles(OTHER_SPACE)) == (["Deal 1"], ["Deal 1"])


def test_an_event_that_parsing_chokes_on_becomes_a_plain_card_and_harms_no_other(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    bench.receive_deals(tenants.ours, 1, first=666)
    bench.receive_deals(tenants.theirs, 1)

    def choke_on_poison(raw: bytes) -> Any:
        body = orjson.loads(raw)
        if body["meta"]["entity_id"] == "666":
            raise OverflowError
        return body

    monkeypatch.setattr("jobs.deliveries.render.parse_json", choke_on_poison)

    bench.another().send_due()  # which has not parsed them before

    assert bench.titles() == ["Something happened in Pipedrive"]
    assert bench.titles(OTHER_SPACE) == ["Deal 1"]


def test_a_tenant_with_slow_events_leaves_time_to_the_others_cards(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(6):
        link(bench.database, tenants.ours, f"spaces/S{number}")
        bench.chat.store.add_space(StoredSpace(f"spaces/S{number}"))
    link(bench.database, tenants.theirs, OTHER_SPACE)
    for tenant_id in tenants:
        bench.receive_deals(tenant_id, 1)
    monkeypatch.setattr("jobs.deliveries.prepare.TENANT_S", 0.05)

    def parse_slowly(delivery: Any) -> Any:
        time.sleep(0.03 * (delivery.tenant_id == tenants.ours))
        return parse_change(delivery)

    monkeypatch.setattr("jobs.deliveries.prepare.parse_change", parse_slowly)

    first = [each.message.head.tenant_id for each in bench.another().send_due()]

    assert first.count(tenants.theirs) == 1
    assert 0 < first.count(tenants.ours) < 6
    bench.send_all()
    assert [(each.state, each.lease_losses) for each in bench.deliveries(tenants.ours)] == [
        ("delivered", 0)
    ] * 6
