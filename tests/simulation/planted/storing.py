"""Faults on the way from a webhook to its deliveries, and of what holds them together: leases and order."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select

from jobs.deliveries import claim, deliver
from jobs.events import create
from models.chance import new_id
from models.deliveries import store as delivery_store
from models.errors import DatabaseUnavailable
from models.events import store
from models.tables.deliveries import Delivery, DeliveryState
from tests.simulation.planted.register import fault
from web.from_pipedrive import door


@fault("a webhook is acknowledged though it was not stored")
def _(patch: pytest.MonkeyPatch) -> None:
    of_engine = store.store_group

    def acknowledge(*given: Any) -> tuple[int, int]:
        try:
            return of_engine(*given)
        except DatabaseUnavailable:
            return 0, 0

    patch.setattr(store, "store_group", acknowledge)


@fault("a repeated webhook is another event")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(door, "source_key", lambda _body, _raw: new_id())


def _creates(patch: pytest.MonkeyPatch, which: Callable[[Any], Any]) -> None:
    for name in ("create_deliveries", "create_leased"):
        patch.setattr(delivery_store, name, partial(_create, getattr(delivery_store, name), which))


def _create(of_engine: Callable[..., Any], which: Callable[[Any], Any], session: Any, rows: Any) -> Any:
    return of_engine(session, which(rows))


@fault("a delivery of a batch is forgotten")
def _(patch: pytest.MonkeyPatch) -> None:
    _creates(patch, lambda rows: rows[:-1] if len(rows) > 2 else rows)


@fault("deliveries are created in the wrong order")
def _(patch: pytest.MonkeyPatch) -> None:
    _creates(patch, lambda rows: rows[::-1])


@fault("a lane has no lease")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deliver, "LEASE", timedelta(0))
    patch.setattr(claim, "LEASE", timedelta(0))
    patch.setattr(create, "LEASE", timedelta(0))


@fault("a coalesced event is forgotten")
def _(patch: pytest.MonkeyPatch) -> None:
    of_engine = delivery_store.coalesce

    def coalesce(session: Any, head: Any, token: str, *times: Any) -> int:
        count = of_engine(session, head, token, *times)
        others = select(Delivery).where(Delivery.lease_token == token, Delivery.id != head.id)
        if (forgotten := session.scalars(others.order_by(Delivery.id.desc())).first()) is None:
            return count
        forgotten.state, forgotten.message_key = DeliveryState.DELIVERED, None
        session.flush()
        return count - 1

    patch.setattr(delivery_store, "coalesce", coalesce)
