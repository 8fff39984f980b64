"""A program that asks for a test card hears what Chat answered, and why a refused one did not arrive."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.scenarios.acme import Acme
from web.playground.faults import Fault

ADMIN = "ada@example.com"
REMOVED = "the space removed Pipenotify or does not let it post"


def send_test(acme: Acme) -> dict[str, Any]:
    acme.load(
        [{"name": "Wins", "on": "deal.won", "to": acme.spaces}], users=[{"email": ADMIN, "role": "admin"}]
    )
    token = acme.stack.run("-m", "models", "token", acme.name, ADMIN).stdout.strip()
    with httpx.Client(
        base_url=f"{acme.stack.url}/api/v1/admin", headers={"Authorization": f"Bearer {token}"}, timeout=20
    ) as client:
        space = client.get("/webhooks").json()["data"][0]
        answer = client.post(f"/webhooks/{space['id']}/test")
        assert answer.status_code == 200, answer.text
        data: dict[str, Any] = answer.json()["data"]
        return data


def test_a_card_that_arrives_is_answered_with_the_time_it_took(acme: Acme) -> None:
    sent = send_test(acme)
    assert (sent["status"], sent["http_status"], sent["why"]) == ("delivered", 200, "")
    assert 0 <= sent["response_time"] < 10_000  # whole milliseconds: a quick Chat takes none


@pytest.mark.parametrize(
    ("status", "ends", "why"), [(403, "dead", REMOVED), (503, "pending", "Google did not answer")]
)
def test_a_card_that_is_refused_is_explained(acme: Acme, status: int, ends: str, why: str) -> None:
    acme.stack.play.chat.faults.order(Fault(times=2, status=status, where=acme.spaces[0]))
    sent = send_test(acme)
    assert (sent["status"], sent["http_status"], sent["why"]) == (ends, status, why)
