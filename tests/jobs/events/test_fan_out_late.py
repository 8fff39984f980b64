"""Changes that come late, as Pipedrive's retries do: what is newer stays known."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, deal, link


def renamed(entity: str, name: str, minute: int) -> dict[str, Any]:
    body = deal(2, action="change")
    body["meta"] |= {"entity": entity, "timestamp": f"2026-11-20T12:{minute:02}:00.000Z"}
    state = {"id": 2, "name": name, "pipeline_id": 1, "order_nr": 2}
    return body | {"data": state, "previous": {"name": "Old"}}


@pytest.mark.parametrize("entity", ["organization", "stage", "person"])
def test_cards_have_the_newest_name_also_where_an_older_one_comes_last(
    bench: Bench, tenants: TwoTenants, entity: str
) -> None:
    link(bench.database, tenants.ours)
    link(bench.database, tenants.theirs, OTHER_SPACE)
    field = {"organization": "org_id", "person": "person_id", "stage": "stage_id"}[entity]
    refers: dict[str, Any] = {field: 2}
    for tenant_id, minutes in ((tenants.ours, (5, 0)), (tenants.theirs, (0, 5))):
        for minute in minutes:
            bench.receive(tenant_id, renamed(entity, f"{entity} of {tenant_id} at {minute}", minute))
            bench.spread()
        bench.receive(tenant_id, deal(30, **refers))
    bench.spread()
    bench.send_all()

    for tenant_id, space in ((tenants.ours, SPACE), (tenants.theirs, OTHER_SPACE)):
        (card,) = bench.chat.cards(space)
        assert f"{entity} of {tenant_id} at 5" in str(card)


def test_two_processes_agree_on_the_newest_name(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours)
    late = bench.another()
    bench.receive(tenants.ours, renamed("organization", "Newest", 5))
    bench.spread()
    bench.receive(tenants.ours, renamed("organization", "Middle", 0))
    late.spread()
    bench.receive(tenants.ours, deal(30, org_id=2))
    late.spread()
    late.send_all()

    (card,) = bench.chat.cards(SPACE)
    assert "Newest" in str(card)
    assert "Middle" not in str(card)
