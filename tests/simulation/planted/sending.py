"""Faults of sending: what counts as delivered, where it goes, what it shows, and how fast."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from jobs.channels import address_of
from jobs.deliveries import crowded, deliver, send
from jobs.deliveries.message import OutgoingMessage
from jobs.deliveries.results import lane_update
from jobs.deliveries.send import Sender
from jobs.events import new_delivery
from models.chance import new_id
from models.clock import sleep
from models.connections.visibility import EVERYTHING
from models.deliveries import lanes
from models.deliveries.chat_quota import project
from models.destinations import health
from models.errors import AppError, BadMessage, RateLimited
from models.rules.ruleset import Ruleset
from models.tables.deliveries import GOES_ALONE, Delivery
from tests.simulation.planted.register import fault


def counts_as_delivered(patch: pytest.MonkeyPatch, is_meant: Callable[[Exception], bool]) -> None:
    of_engine = send._result

    def result(message: Any, started: float, error: Exception | None = None, name: str = "") -> Any:
        return of_engine(message, started, None if error and is_meant(error) else error, name)

    patch.setattr(send, "_result", result)


@fault("a 429 counts as delivered")
def _(patch: pytest.MonkeyPatch) -> None:
    counts_as_delivered(patch, lambda error: isinstance(error, RateLimited))


@fault("a 409 ABORTED counts as delivered")
def _(patch: pytest.MonkeyPatch) -> None:
    counts_as_delivered(patch, lambda error: isinstance(error, AppError) and "ABORTED" in str(error))


@fault("a 503 counts as delivered")
def _(patch: pytest.MonkeyPatch) -> None:
    counts_as_delivered(patch, lambda error: str(error).startswith("503"))


@fault("a closed space counts as delivered")
def _(patch: pytest.MonkeyPatch) -> None:
    counts_as_delivered(patch, lambda error: str(error).startswith("404"))


@fault("each attempt has ids of its own")
def _(patch: pytest.MonkeyPatch) -> None:
    of_engine = Sender._request

    def request(sender: Sender, message: Any) -> Any:
        return replace(of_engine(sender, message), request_id=new_id(), message_id=f"client-{new_id()}")

    patch.setattr(Sender, "_request", request)


@fault("all cards go to one space")
def _(patch: pytest.MonkeyPatch) -> None:
    of_engine, seen = address_of, list[str]()

    def address(head: Any, vault: Any) -> str:
        seen.append(of_engine(head, vault))
        return seen[0] if head.kind == "chat_space" and seen[0].startswith("spaces/") else seen[-1]

    patch.setattr(send, "address_of", address)


@fault("a space is written without rest")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(
        deliver, "lane_update", lambda result, update, _pace: lane_update(result, update, timedelta(0))
    )


@fault("a hanging request holds up all others")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(OutgoingMessage, "is_alone", True)


@fault("the quota of the project is ignored")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(project, "take", lambda _session, _per_minute, most, _now, **_: project.Taken(most))


@fault("a plain resend is not counted")
def _(patch: pytest.MonkeyPatch) -> None:
    of_engine = Sender._create

    async def create(sender: Sender, request: Any) -> str:
        try:
            return await of_engine(sender, request)
        except BadMessage:
            sleep(1.0)
            plain = replace(request, request_id=f"{request.request_id}-plain", plain=True)
            return await of_engine(sender, plain)

    patch.setattr(Sender, "_create", create)


@fault("a breaker does not close for hours")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(health, "PROBES", (timedelta(hours=5),))


@fault("a restricted deal is shown")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Ruleset, "visibility", lambda *_: EVERYTHING)


@fault("a reply loses its thread")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(new_delivery, "thread_key", lambda *_: None)


@fault("a new delivery is sent into a space that is written or rests")
def _(patch: pytest.MonkeyPatch) -> None:
    of_engine = lanes.mark_due_and_lease

    def lease(
        session: Any, dues: Any, wanted: Any, token: str, now: datetime, *rest: Any, **more: Any
    ) -> Any:
        return of_engine(session, dues, wanted, token, now + timedelta(hours=1), *rest, **more)

    patch.setattr(lanes, "mark_due_and_lease", lease)


@fault("a new urgent card overtakes one that waits for its retry in a burst")
def _(patch: pytest.MonkeyPatch) -> None:
    def first_of_lanes(session: Any, lanes: Any, at: datetime) -> list[int]:
        never_tried = (GOES_ALONE, Delivery.next_attempt_at <= at, Delivery.message_key.is_(None))
        found = (
            session.scalars(
                select(Delivery.id)
                .where(Delivery.tenant_id == tenant_id, Delivery.lane == lane, *never_tried)
                .order_by(Delivery.next_attempt_at, Delivery.id)
                .limit(1)
            ).first()
            for tenant_id, lane in lanes
        )
        return [each for each in found if each is not None]

    patch.setattr(crowded, "first_of_lanes", first_of_lanes)
