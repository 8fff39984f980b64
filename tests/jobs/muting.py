"""Mutes of the engine's tests: set directly, and carried out by one worker or another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, Final

from sqlalchemy import select

from jobs.names.cache import NameCache
from jobs.scheduled.mutes import Mutes
from jobs.scheduled.summary_cards import SummaryCards
from models.rules.rulesets import Rulesets
from models.tables import Mute, Space
from tests.engine import SPACE, Bench, NoSource

BY: Final = "ada@acme.test"


def another(bench: Bench) -> Mutes:
    cards = SummaryCards(bench.database, NameCache(bench.database, NoSource()), Rulesets(fresh_s=-1.0))
    return Mutes(bench.database, cards)


def mute(bench: Bench, tenant_id: int, hours: float = 1, **columns: Any) -> int:
    usual: dict[str, Any] = {"scope": "tenant", "muted_by": BY}
    if "space" in columns:
        with bench.database.reading(tenant_id) as session:
            space_id = session.scalar(select(Space.id).where(Space.name == columns.pop("space")))
        usual |= {"scope": "space", "space_id": space_id}
    with bench.database.writing(tenant_id) as session:
        until = bench.clock.at + timedelta(hours=hours)
        row = Mute(tenant_id=tenant_id, until=until, **{**usual, **columns})
        session.add(row)
        session.flush()
        return row.id


def states(bench: Bench, tenant_id: int) -> list[str]:
    return [each.state for each in bench.deliveries(tenant_id)]


def cards(bench: Bench, space: str = SPACE) -> list[str]:
    return [str(card["cardsV2"][0]["card"]) for card in bench.chat.cards(space)]
