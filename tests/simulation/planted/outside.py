"""Faults of mails, of outgoing webhooks and of fallbacks."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from jobs.channels import CHANNELS
from jobs.deliveries import claim, deliver, pause_destinations
from jobs.mail import smtp
from jobs.scheduled import fall_back
from models.chance import new_id
from models.deliveries import fallback
from models.deliveries.lanes import mark_due
from models.destinations.health import Failing
from models.errors import TemporaryFailure
from models.tables.deliveries import Delivery, DeliveryState
from tests.simulation.planted.register import fault
from tests.simulation.planted.sending import counts_as_delivered


def _has_a_new_id(patch: pytest.MonkeyPatch, kind: str) -> None:
    of_engine, known = CHANNELS[kind], set[str]()

    def send(request: Any, clients: Any) -> str:
        if request.message_id in known:
            request = replace(request, message_id=f"client-{new_id()}")
        known.add(request.message_id)
        return of_engine(request, clients)

    patch.setitem(CHANNELS, kind, send)


@fault("a mail has a new Message-ID at each repeat")
def _(patch: pytest.MonkeyPatch) -> None:
    _has_a_new_id(patch, "email")


@fault("a webhook has a new id at each repeat")
def _(patch: pytest.MonkeyPatch) -> None:
    _has_a_new_id(patch, "webhook")


@fault("a mail whose answer is lost counts as delivered")
def _(patch: pytest.MonkeyPatch) -> None:
    counts_as_delivered(patch, lambda error: str(error) == "no answer")


@fault("a mail that is refused for good is sent again")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(smtp, "_refusal", lambda code, text: TemporaryFailure(f"{code} {text}", http_status=code))


@fault("a receiver that is gone gets more")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(pause_destinations, "pause_gone", lambda *_: [])


@fault("a failing receiver is never given up")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Failing, "has_failed_for_days", lambda *_: False)


@fault("what is paused gets more")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(claim, "_why_destination_gets_nothing", lambda _: None)


@fault("a mail uses the quota of Chat")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deliver, "_costs_quota", lambda _: 1)


@fault("a fallback gets nothing")
def _(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(fall_back, "is_any_refused", lambda _: False)


@fault("a fallback gets everything twice")
def _(patch: pytest.MonkeyPatch) -> None:
    of_engine = fallback.fall_back_some

    def fall_back_some(session: Any, at: Any) -> bool:
        sent = select(Delivery).where(
            Delivery.instead_of.is_not(None), Delivery.state == DeliveryState.DELIVERED
        )
        for each in session.scalars(sent).all():
            each.state, each.request_id, each.message_key = DeliveryState.PENDING, new_id(), None
            mark_due(session, [(each.tenant_id, each.lane, at)])
        return of_engine(session, at)

    patch.setattr(fall_back, "fall_back_some", fall_back_some)


@fault("a fallback shows what is restricted")
def _(patch: pytest.MonkeyPatch) -> None:
    of_engine = fallback._row
    patch.setattr(fallback, "_row", lambda *given: of_engine(*given) | {"withheld": ""})
