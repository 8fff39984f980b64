"""Summary cards are created from what can be read, even without names; see test_mutes for the whole road."""

from __future__ import annotations

import uuid
from typing import Any

import orjson
import pytest
from sqlalchemy import update

from jobs.names.cache import NameCache
from jobs.scheduled.summary_cards import SummaryCards
from models.languages.translate import tr
from models.rules.rulesets import Rulesets
from models.tables import Delivery, Event, KnownName, Tenant
from tests.conftest import TwoTenants
from tests.engine import SPACE, Bench, NoSource, deal, link
from tests.models.rows import add

KEY = "mute-1"


@pytest.fixture
def cards(bench: Bench) -> SummaryCards:
    return SummaryCards(bench.database, NameCache(bench.database, NoSource()), Rulesets(fresh_s=-1.0))


def gather(bench: Bench, tenant_id: int, *bodies: bytes, event_type: str = "deal.created") -> None:
    made = link(bench.database, tenant_id)
    for body in bodies:
        event = Event(tenant_id=tenant_id, source_key=uuid.uuid4().hex, raw=body)
        add(bench.database, event)
        usual: dict[str, Any] = {"destination_id": made.destination_id, "lane": SPACE, "state": "skipped"}
        usual |= {"event_type": event_type, "gathered_for": KEY, "rule_id": made.rule_id}
        add(bench.database, Delivery(tenant_id=tenant_id, event_id=event.id, **usual))


def create(bench: Bench, cards: SummaryCards, tenant_id: int) -> list[dict[str, Any]]:
    def title(count: int) -> str:
        return f"{count} cards"

    cards.create(tenant_id, KEY, uuid.uuid4().hex, title, lambda: tr("Muted"), bench.clock.at)
    return [each.notice for each in bench.deliveries(tenant_id) if each.notice is not None]


def test_what_cannot_be_read_is_only_counted(bench: Bench, tenants: TwoTenants, cards: SummaryCards) -> None:
    gather(bench, tenants.ours, b"no json", orjson.dumps(deal(7)))

    (drawn,) = create(bench, cards, tenants.ours)

    assert (drawn["title"], drawn["more"], drawn["why"]) == ("2 cards", 1, "Muted")
    assert [line.partition(":")[0] for line in drawn["lines"]] == ["Deal 7"]


def test_without_names_the_card_comes_all_the_same(
    bench: Bench, tenants: TwoTenants, cards: SummaryCards, monkeypatch: pytest.MonkeyPatch
) -> None:
    gather(bench, tenants.ours, orjson.dumps(deal(7)))
    monkeypatch.setattr(cards._names, "for_changes", lambda *_: 1 / 0)

    (drawn,) = create(bench, cards, tenants.ours)

    assert len(drawn["lines"]) == 1


def test_a_summary_has_the_language_of_whoever_reads_it(
    bench: Bench, tenants: TwoTenants, cards: SummaryCards
) -> None:
    with bench.database.writing_all() as session:
        session.execute(update(Tenant).where(Tenant.id == tenants.ours).values(language="de"))
    gather(bench, tenants.ours, orjson.dumps(deal(7)))

    (drawn,) = create(bench, cards, tenants.ours)

    assert drawn["why"] == "Stumm"
    assert drawn["lines"][0].startswith("Deal 7: Neuer Deal")


def test_a_deal_that_was_moved_back_is_said_to_be(
    bench: Bench, tenants: TwoTenants, cards: SummaryCards
) -> None:
    """Only the names of stages tell their order."""
    for number, name in enumerate(("Qualified", "Demo"), 1):
        more = {"pipeline_id": 1, "order": number}
        stage = KnownName(tenant_id=tenants.ours, kind="stage", key=str(number), text=name, more=more)
        add(bench.database, stage)
    back = deal(7, action="change", stage_id=1, pipeline_id=1) | {"previous": {"stage_id": 2}}
    gather(bench, tenants.ours, orjson.dumps(back), event_type="deal.stage_changed")

    (drawn,) = create(bench, cards, tenants.ours)

    assert drawn["lines"][0].startswith("Deal 7: Deal moved back: Demo")


def test_an_erased_tenant_gets_none(cards: SummaryCards, bench: Bench) -> None:
    cards.create(999, KEY, uuid.uuid4().hex, str, lambda: "Muted", bench.clock.at)
