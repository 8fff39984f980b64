"""The card of a lead says its score and why, and claims no deal before one is known."""

from __future__ import annotations

from typing import Any

import pytest

from jobs.deliveries import shown_leads
from models.database.engine import Database
from models.tables import Lead, LeadScore, PipedriveUser
from tests.conftest import TwoTenants
from tests.engine import SPACE, Bench, deal, link
from tests.models.acting import body_of
from tests.models.leads.known import lead_id, look
from tests.models.rows import add

REASONS = [
    {"part": "phone", "points": 10, "about": ""},
    {"part": "value", "points": 20, "about": "9000"},
    {"part": "source", "points": 15, "about": "Web form"},
]


def score(database: Database, tenant_id: int, points: int = 45, band: str = "warm") -> None:
    row = LeadScore(tenant_id=tenant_id, entity="lead", object_id=lead_id(1), score=points, band=band)
    row.reasons = REASONS
    add(database, row)


def card_of(bench: Bench, tenant_id: int, body: dict[str, Any]) -> str:
    bench.receive(tenant_id, body)
    bench.spread()
    bench.send_all()
    return str(bench.chat.cards(SPACE)[-1])


def lead(**data: Any) -> dict[str, Any]:
    return body_of("lead", lead_id(1), title="Globex", **data)


def test_the_card_of_a_lead_has_its_score_and_two_reasons(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, on=("lead.*",))
    score(bench.database, tenants.ours, 20, "cold")
    score(bench.database, tenants.ours)
    score(bench.database, tenants.theirs, 90, "hot")

    card = card_of(bench, tenants.ours, lead())
    assert "Score 45, warm" in card
    assert "+20 The value: 9,000 · +15 The source: Web form" in card
    assert "telephone" not in card


def test_a_lead_without_a_score_has_a_card_without_one(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, on=("lead.*",))
    score(bench.database, tenants.theirs)
    assert "Score" not in card_of(bench, tenants.ours, lead())


def test_the_score_of_a_restricted_lead_is_not_told(bench: Bench, tenants: TwoTenants) -> None:
    link(bench.database, tenants.ours, on=("lead.*",))
    score(bench.database, tenants.ours)
    users = [
        PipedriveUser(tenant_id=tenants.ours, pipedrive_id=each, name="U", email=f"u{each}@a.test")
        for each in "12"
    ]
    add(bench.database, *users)
    body = lead()
    body["meta"]["permitted_user_ids"] = ["1"]

    card = card_of(bench, tenants.ours, body)
    assert "Globex" not in card
    assert "Score" not in card


def test_for_other_objects_no_score_is_read(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    link(bench.database, tenants.ours, on=("*",))
    asked: list[object] = []

    def read(*args: object) -> dict[str, object]:
        asked.append(args)
        return {}

    monkeypatch.setattr(shown_leads, "scores_now", read)
    assert "Deal 7" in card_of(bench, tenants.ours, deal(7))
    assert asked == []


def test_a_score_that_cannot_be_read_keeps_no_card(
    bench: Bench, tenants: TwoTenants, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError

    link(bench.database, tenants.ours, on=("lead.*",))
    monkeypatch.setattr(shown_leads, "scores_now", fail)
    assert "Globex" in card_of(bench, tenants.ours, lead())


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
    monkeypatch.setattr(shown_leads, "with_ends", fail)
    bench.send_all()
    assert "Archived" in str(bench.chat.cards(SPACE)[-1])
