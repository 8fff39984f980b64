"""The planted faults: each replaces one part of the engine while a world runs, and mends it afterwards."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import pytest

from jobs.channels import address_of
from jobs.deliveries import deliver, send
from jobs.deliveries.results import lane_update
from jobs.deliveries.send import Sender
from models.chance import new_id
from models.deliveries import store as delivery_store
from models.errors import AppError, DatabaseUnavailable, RateLimited
from models.events import store
from models.rules.ruleset import Ruleset
from web.from_pipedrive import door

Plant = Callable[[pytest.MonkeyPatch], None]
FAULTS: Final[dict[str, Plant]] = {}


def fault(name: str) -> Callable[[Plant], Plant]:
    """Register what plants the fault of a name."""

    def register(plant: Plant) -> Plant:
        FAULTS[name] = plant
        return plant

    return register


def _counts_as_delivered(patch: pytest.MonkeyPatch, is_meant: Callable[[Exception], bool]) -> None:
    of_engine = send._result

    def result(message: Any, started: float, error: Exception | None = None, name: str = "") -> Any:
        return of_engine(message, started, None if error and is_meant(error) else error, name)

    patch.setattr(send, "_result", result)


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


@fault("a delivery of a batch is forgotten")
def _(patch: pytest.MonkeyPatch) -> None:
    of_engine = delivery_store.create_deliveries

    def forget(session: Any, rows: Any) -> None:
        of_engine(session, rows[:-1] if len(rows) > 2 else rows)

    patch.setattr(delivery_store, "create_deliveries", forget)


@fault("a 429 counts as delivered")
def _(patch: pytest.MonkeyPatch) -> None:
    _counts_as_delivered(patch, lambda error: isinstance(error, RateLimited))


@fault("a 409 ABORTED counts as delivered")
def _(patch: pytest.MonkeyPatch) -> None:
    _counts_as_delivered(patch, lambda error: isinstance(error, AppError) and "ABORTED" in str(error))


@fault("a 503 counts as delivered")
def _(patch: pytest.MonkeyPatch) -> None:
    _counts_as_delivered(patch, lambda error: str(error).startswith("503"))


@fault("a closed space counts as delivered")
def _(patch: pytest.MonkeyPatch) -> None:
    _counts_as_delivered(patch, lambda error: str(error).startswith("404"))


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
