"""The card of an archived lead claims no deal before one is known, and says so as soon as it is."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.deliveries import lead_ends
from models.tables import Lead
from tests.conftest import TwoTenants
from tests.engine import SPACE, Bench, link
from tests.models.acting import body_of
from tests.models.leads.known import lead_id, look


def archive(number: int = 1) -> dict[str, Any]:
    body = body_of("lead", lead_id(number), title="Globex", is_archived=True)
    body["meta"]["action"], body["previous"] = "change", {"is_archived": False}
    return body


def convert(bench: Bench, tenant_id: int) -> None:
    look(bench.database)
    with bench.database.writing(tenant_id) as session:
        session.get_one(Lead, (tenant_id, "lead", lead_id(1))).status = "converted"


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_card_says_what_is_known_when_it_is_drawn(
    bench: Bench, tenants: TwoTenants, *, is_ours: bool
) -> None:
    link(bench.database, tenants.ours, on=("lead.*",))
    for each in tenants:
        bench.receive(each, archive())
    bench.spread()
    convert(bench, tenants.ours if is_ours else tenants.theirs)
    bench.send_all()

    header = bench.chat.cards(SPACE)[-1]["cardsV2"][0]["card"]["header"]
    assert header["subtitle"] == ("Converted to a deal" if is_ours else "Archived")


def test_a_card_comes_when_the_end_cannot_be_read(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError

    link(bench.database, tenants.ours, on=("lead.*",))
    bench.receive(tenants.ours, archive())
    bench.spread()
    monkeypatch.setattr(lead_ends, "with_ends", fail)
    bench.send_all()
    assert "Archived" in str(bench.chat.cards(SPACE)[-1])
