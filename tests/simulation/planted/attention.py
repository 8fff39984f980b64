"""Faults of mutes, quiet hours and digests."""

from __future__ import annotations

from datetime import UTC, datetime, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from jobs.deliveries import prepare
from jobs.scheduled.summary_cards import SummaryCards
from models.chance import new_id
from models.deliveries import burst, held
from models.destinations import quiet_hours
from models.rules.ruleset import Ruleset
from models.tables.deliveries import Delivery, DeliveryState
from tests.simulation.planted.register import fault

WINTER = datetime(2026, 1, 1, tzinfo=UTC)


@fault("a mute is ignored")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ruleset, "mute_of", lambda *_: None)


@fault("quiet hours are ignored")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ruleset, "held_until", lambda *_, **_more: None)


@fault("what is urgent is held, too")
def _(patch: pytest.MonkeyPatch) -> None:
    of_engine = Ruleset.held_until

    def until(rules: Ruleset, target: Any, *, urgent: bool, at: datetime) -> Any:
        return of_engine(rules, target, urgent=False, at=at)

    patch.setattr(Ruleset, "held_until", until)


@fault("a digest is ignored")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ruleset, "digest_of", lambda *_: None)


@fault("an hour off while daylight is saved")
def _(patch: pytest.MonkeyPatch) -> None:
    def zone(name: str) -> timezone:
        offset = WINTER.astimezone(ZoneInfo(name)).utcoffset()
        assert offset is not None
        return timezone(offset)

    patch.setattr(quiet_hours, "ZoneInfo", zone)


@fault("what was held is released twice")
def _(patch: pytest.MonkeyPatch) -> None:
    of_engine = held.release

    def release(session: Any, group: Any, at: datetime) -> int:
        sent = select(Delivery).where(
            Delivery.destination_id == group.destination_id,
            Delivery.state == DeliveryState.DELIVERED,
            Delivery.event_id.is_not(None),
        )
        for each in session.scalars(sent):
            each.state, each.request_id, each.message_key = DeliveryState.PENDING, new_id(), None
        return of_engine(session, group, at)

    patch.setattr(held, "release", release)


@fault("what was kept back is never summed up")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SummaryCards, "create", lambda *_, **_more: None)


@fault("a summary counts one event too few")
def _(patch: pytest.MonkeyPatch) -> None:
    of_engine = burst.folded_events

    def folded(*given: Any) -> Any:
        events, by_rule = of_engine(*given)
        return events[:-1], by_rule

    patch.setattr(prepare, "folded_events", folded)
