"""A lead that a team gives up is announced as no conversion, to rules, spaces and the stream alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.orm import Session

from jobs.events import lead_ends
from models.accounts.actor import system
from models.clock import now
from models.leads.ends.known import Received, with_ends
from models.pipedrive.change import Change
from models.pipedrive.lead_ends import CONVERTED
from models.rules.backtest import backtest
from models.rules.drafts import RuleDraft
from models.rules.why.explain import explain_event
from models.tables import CardAction
from tests.conftest import TwoTenants
from tests.engine import OTHER_SPACE, SPACE, Bench, link
from tests.models.acting import add_person, body_of
from tests.models.leads.known import lead_id
from tests.models.rows import add


def archive(**more: Any) -> dict[str, Any]:
    body = body_of("lead", lead_id(1), title="Globex", is_archived=True, **more)
    body["meta"]["action"], body["previous"] = "change", {"is_archived": False}
    return body


def give_up(bench: Bench, tenant_id: int) -> None:
    ada = add_person(bench.database, tenant_id)
    made = CardAction(
        tenant_id=tenant_id, user_id=ada.user_id, key="k", do="lead.lost", lane="", slot="is_archived"
    )
    made.entity, made.object_id, made.fields = "lead", lead_id(1), {"is_archived": True}
    made.state, made.started_at = "writing", bench.clock.at - timedelta(seconds=1)
    add(bench.database, made)


def test_our_own_loss_is_no_conversion_and_their_archive_may_be_one(
    bench: Bench, tenants: TwoTenants
) -> None:
    spaces = dict(zip(tenants, (SPACE, OTHER_SPACE), strict=True))
    for tenant_id, space in spaces.items():
        link(bench.database, tenant_id, space, on=(CONVERTED,))
    give_up(bench, tenants.ours)
    for tenant_id in tenants:
        bench.receive(tenant_id, archive())
    bench.spread()
    bench.send_all()

    assert bench.chat.cards(SPACE) == []
    (card,) = bench.chat.cards(OTHER_SPACE)
    assert "Archived" in str(card)
    assert "Converted" not in str(card)
    assert [[each.kind for each in bench.events(tenant_id)] for tenant_id in tenants] == [
        ["lead.updated"],
        [CONVERTED],
    ]


def test_who_asks_later_hears_the_same(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, on=(CONVERTED,))
    link(bench.database, tenants.ours, on=("lead.updated",), name="All")
    give_up(bench, tenants.ours)
    bench.receive(tenants.ours, archive())
    bench.spread()
    bench.send_all()

    (card,) = bench.chat.cards(SPACE)
    assert "Archived" in str(card)
    (event,) = bench.events(tenants.ours)
    draft = RuleDraft("Conversions", [CONVERTED], None, [], "compact")
    with bench.database.reading(tenants.ours) as session:
        explained = explain_event(session, system(tenants.ours, "test"), event.id)
        assert backtest(session, tenants.ours, draft, now() - timedelta(days=3650)).fired == 0
    assert explained.change is not None
    assert explained.change.types == ("lead.updated",)


def test_for_other_events_nothing_is_read(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(lead_ends, "with_ends", refuse)
    bench.receive(tenants.ours, body_of("lead", lead_id(1), title="Globex"))
    bench.spread()
    assert [each.state for each in bench.events(tenants.ours)] == ["done"]


def test_an_archived_lead_that_cannot_be_read_about_fails_alone(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail_or_work(session: Session, received: Sequence[Received]) -> list[Change]:
        if any(tenant_id == tenants.ours for tenant_id, *_ in received):
            raise ZeroDivisionError
        return with_ends(session, received)

    for tenant_id, space in zip(tenants, (SPACE, OTHER_SPACE), strict=True):
        link(bench.database, tenant_id, space, on=("lead.*",))
        bench.receive(tenant_id, archive())
    bench.receive(tenants.ours, body_of("lead", lead_id(2), title="Initech"))
    monkeypatch.setattr(lead_ends, "with_ends", fail_or_work)
    bench.spread()

    assert [each.state for each in bench.events(tenants.ours)] == ["failed", "done"]
    assert [each.state for each in bench.events(tenants.theirs)] == ["done"]
