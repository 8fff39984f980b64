"""A test card's answer waits for how it went, but not for long, and not in every thread."""

from __future__ import annotations

import time
from types import SimpleNamespace

import pytest
from sqlalchemy import update

from models.errors import DatabaseUnavailable
from models.tables import Attempt, Delivery
from tests.web.api.conftest import ACME, Api
from web import waiting
from web.api.webhooks import card_test


def path_of(api: Api) -> str:
    return f"/admin/webhooks/{api.data('GET', '/admin/webhooks')[0]['id']}/test"


def test_a_card_that_no_worker_sends_is_answered_as_on_its_way(api: Api) -> None:
    made = api.data("POST", path_of(api))
    assert (made["status"], made["http_status"], made["response_time"]) == ("pending", None, None)
    assert made["why"] == "No worker has sent it yet. Look again in a moment."
    assert api.data("GET", f"/admin/logs/{made['delivery_id']}")["test"] is True


def test_the_answer_waits_until_the_card_was_tried(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    path, tenant_id = path_of(api), api.tenants[ACME]
    monkeypatch.setattr(waiting, "MOST_S", 20.0)

    def refuse(_: float) -> None:
        with api.database.writing(tenant_id) as session:
            row = session.scalars(
                update(Delivery).values(state="dead", reason="403 gone").returning(Delivery.id)
            ).one()
            session.add(
                Attempt(tenant_id=tenant_id, delivery_id=row, outcome="refused", http_status=403, took_ms=42)
            )

    # Only this module's: threads of apps that earlier tests built sleep too.
    clock = SimpleNamespace(sleep=refuse, monotonic=time.monotonic)
    monkeypatch.setattr(waiting, "time", clock)
    made = api.data("POST", path)

    assert (made["status"], made["http_status"], made["response_time"]) == ("dead", 403, 42)
    assert made["why"] == "the space removed Pipenotify or does not let it post"


def test_a_database_that_goes_away_after_the_commit_makes_no_failure(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    def be_away(*_: object) -> None:
        raise DatabaseUnavailable("the database does not answer")

    monkeypatch.setattr(card_test, "read_test_result", be_away)
    made = api.data("POST", path_of(api))

    assert (made["status"], made["to"]) == ("pending", "spaces/acme")


def test_a_repeat_of_the_same_request_says_how_the_same_card_went(api: Api) -> None:
    path, key = path_of(api), {"Idempotency-Key": "once"}
    first = api.data("POST", path, headers=key)
    with api.database.writing(api.tenants[ACME]) as session:
        session.execute(update(Delivery).values(state="delivered"))
        session.add(
            Attempt(
                tenant_id=api.tenants[ACME],
                delivery_id=int(first["delivery_id"]),
                outcome="delivered",
                http_status=200,
                took_ms=7,
            )
        )

    again = api.data("POST", path, headers=key)

    assert again["delivery_id"] == first["delivery_id"]
    assert (again["status"], again["http_status"], again["response_time"], again["why"]) == (
        "delivered",
        200,
        7,
        "",
    )
