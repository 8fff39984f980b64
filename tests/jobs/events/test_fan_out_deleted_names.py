"""Whom Pipedrive deleted, Pipenotify forgets: the deletion itself stores no name."""

from __future__ import annotations

import uuid
from typing import Any

from tests.conftest import TwoTenants
from tests.crm import kept_names
from tests.engine import Bench, link
from tests.models.pipedrive.webhook import v2

JANE = ("person", "5")


def person(action: str, name: str = "Jane Roe") -> dict[str, Any]:
    return v2(action, "person", data={"id": 5, "name": name}, previous={"name": name}, id=uuid.uuid4().hex)


def name_after(bench: Bench, tenant_id: int, *bodies: dict[str, Any]) -> str | None:
    for body in bodies:
        bench.receive(tenant_id, body)
    bench.spread()
    return kept_names(bench.database, tenant_id).text(*JANE)


def test_deletion_removes_the_name_for_this_tenant_alone(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, on=["deal.won"])
    for each in tenants:
        assert name_after(bench, each, person("create")) == "Jane Roe"
    assert name_after(bench, tenants.ours, person("delete")) is None
    assert name_after(bench, tenants.theirs) == "Jane Roe"


def test_last_change_of_a_batch_decides(bench: Bench, tenants: TwoTenants) -> None:
    assert name_after(bench, tenants.ours, person("create"), person("delete")) is None
    back = (person("create"), person("delete"), person("create", "Jane Doe"))
    assert name_after(bench, tenants.ours, *back) == "Jane Doe"
    assert name_after(bench, tenants.ours, person("delete")) is None


def test_another_process_that_has_cached_the_name_does_not_store_it_again(
    bench: Bench, tenants: TwoTenants
) -> None:
    assert name_after(bench, tenants.ours, person("create")) == "Jane Roe"
    assert name_after(bench.another(), tenants.ours, person("delete")) is None
    assert name_after(bench, tenants.ours, person("delete")) is None


def test_card_of_the_deletion_still_says_who_it_was(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, on=["person.deleted"])
    name_after(bench, tenants.ours, person("create"), person("delete"))
    bench.send_all()
    assert "Jane Roe" in str(bench.chat.requests)
