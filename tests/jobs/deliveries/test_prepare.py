"""Messages are prepared tenant by tenant: what one tenant's cannot get, the others' still have."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from models.errors import DatabaseUnavailable
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, Bench, link


def test_rules_that_cannot_be_read_cost_a_tenant_its_links_alone(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    for tenant_id, space in zip(tenants, ("spaces/AAAA", OTHER_SPACE), strict=True):
        link(bench.database, tenant_id, space)
        bench.receive_deals(tenant_id, 1)
    read, asked = bench.rulesets.read, list[list[int]]()

    def refuse_ours(database: Any, wanted: Collection[int]) -> Any:
        asked.append(sorted(wanted))
        if tenants.ours in wanted:
            raise DatabaseUnavailable("refused")
        return read(database, wanted)

    monkeypatch.setattr(bench.rulesets, "read", refuse_ours)

    messages = bench.deliver.claim(10)

    assert {message.head.tenant_id: message.changes[0] is not None for message in messages} == dict.fromkeys(
        tenants, True
    )
    assert asked == [sorted(tenants), [tenants.ours], [tenants.theirs]]
